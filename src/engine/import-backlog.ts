import { untilAborted } from "../async/abort.js";
import type { HybridTs } from "../model/ids.js";
import { isPartitionSelected } from "../model/partition-filter.js";
import { copyAgain } from "../model/row-copy.js";
import type { BulkImport } from "../source/source-catalogue.js";
import type { CollectionRecord } from "./collection-record.js";
import type { ShardClock } from "./shard-clock.js";

interface Noted {
  readonly imports: readonly BulkImport[];
  readonly at: HybridTs;
}

/** The bulk imports of one collection whose rows have still to be copied. */
export class ImportBacklog {
  readonly #record: CollectionRecord;
  readonly #clock: ShardClock;
  #noted: Noted = { imports: [], at: 0n };
  #wake: () => void = () => undefined;

  constructor(record: CollectionRecord, clock: ShardClock) {
    this.#record = record;
    this.#clock = clock;
  }

  /**
   * Takes note of what the source remembers.
   *
   * @param imports all of this collection
   * @param at a time of the source after it was asked for them
   */
  note(imports: readonly BulkImport[], at: HybridTs): void {
    this.#noted = { imports, at };
    this.#wake();
  }

  /**
   * Waits for imports that no copy had, and begins one of the partitions that they went to.
   *
   * @returns those imports, once it is remembered that the copy makes up for them
   */
  async beginCopy(signal: AbortSignal): Promise<readonly BulkImport[]> {
    for (;;) {
      const noted = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const missing = this.#missing();
      if (missing.length > 0) {
        await this.#begin(missing, this.#noted, signal);
        return missing;
      }
      await untilAborted(noted, signal);
    }
  }

  #missing(): readonly BulkImport[] {
    const { imports: known, onlyPartitions } = this.#record.current;
    return this.#noted.imports.filter(
      ({ id, isEnded, partition = "" }) =>
        isEnded && !known.has(id) && isPartitionSelected(onlyPartitions, partition),
    );
  }

  /**
   * The stream knows nothing of imported rows: a delete that is older than they are would take them away, and so
   * would its replay. So what is older comes first, and is never applied again.
   */
  async #begin(missing: readonly BulkImport[], { imports, at }: Noted, signal: AbortSignal): Promise<void> {
    await this.#clock.reached(at, signal);
    const names = missing.flatMap(({ partition = [] }) => partition);
    const partitions = names.length === missing.length ? new Set(names) : undefined;
    await this.#record.change(({ copy, barrierTs, imports: known }) => ({
      barrierTs: at > barrierTs ? at : barrierTs,
      copy: { ...copyAgain(copy, false), partitions },
      imports: new Set(imports.filter(({ id, isEnded }) => isEnded || known.has(id)).map(({ id }) => id)),
    }));
  }
}
