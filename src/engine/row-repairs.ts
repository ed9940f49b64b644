import { fullName } from "../model/selection.js";
import { aborted } from "../async/abort.js";
import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { HybridTs } from "../model/ids.js";
import type { RepairCounts } from "../model/verified-task.js";
import type { Mark } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { KeyedRows, RowCollection, SourcePartition } from "../source/row-source.js";
import { insertOfCopied, withoutNewer } from "./copied-rows.js";
import type { LaneDeps } from "./lane-deps.js";
import type { RowCopierParts } from "./row-copier.js";
import type { RowWriter } from "./row-writer.js";

/** The stream may write so much meanwhile that what was read is worth nothing. */
const MAX_TRIES = 10;

interface Open {
  readonly target: TargetCollection;
  readonly writer: RowWriter;
  readonly signal: AbortSignal;
}

/**
 * Makes single rows of the target equal, while changes stream past: as `PartitionCopier` does with a page. The rows are
 * read anew, and written or deleted when every shard has passed that, without those that the stream has written meanwhile.
 */
export class RowRepairs {
  readonly #parts: RowCopierParts;
  readonly #deps: LaneDeps;
  #open: Open | undefined;

  constructor(parts: RowCopierParts, deps: LaneDeps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  /** Repairs are taken until the signal aborts. */
  async run(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<never> {
    this.#open = { target, writer, signal };
    await aborted(signal);
    this.#open = undefined;
    throw new Error("the collection is no longer streaming");
  }

  /** Resolves when everything up to this time is on the target. */
  async passed(ts: HybridTs, signal: AbortSignal): Promise<void> {
    await this.#parts.clock.reached(ts, AbortSignal.any([signal, this.#deps.stopping]));
  }

  /**
   * Rows of some keys, no more than make a request. They are replaced, or deleted when the source has none.
   *
   * @throws CdcError TASK_STATE_CONFLICT when the collection cannot be repaired now
   */
  async repair(partition: string, keys: PrimaryKeys, signal: AbortSignal): Promise<RepairCounts> {
    const open = this.#open;
    if (open === undefined) throw this.#conflict("is not streaming now");
    const either = AbortSignal.any([signal, open.signal]);
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const mark = this.#parts.touched.open();
      try {
        const counts = await this.#repairSince(mark, partition, keys, open, either);
        if (counts !== undefined) return counts;
      } finally {
        this.#parts.touched.close(mark);
      }
    }
    throw this.#conflict("is written so much that rows cannot be repaired");
  }

  /** Undefined when what was read is worth nothing any more. */
  async #repairSince(
    mark: Mark,
    name: string,
    keys: PrimaryKeys,
    { target, writer }: Open,
    signal: AbortSignal,
  ): Promise<RepairCounts | undefined> {
    const { touched, clock, record } = this.#parts;
    const { retries, aborting, selectRows } = this.#deps;
    const found = await this.#find(name, signal);
    const read = await this.#read(found, keys, signal);
    await clock.reached(read.until, signal);
    const sizeBytes = read.columns.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const insert = insertOfCopied(
      { ...read, partition: found ?? { name, id: 0n }, sizeBytes },
      record.current.id,
    );
    let counts: RepairCounts = { copied: 0, deleted: 0 };
    const prepare = async (): Promise<readonly RowInsert[] | undefined> => {
      const newer = touched.writtenSince(mark, name);
      if (newer === undefined) return undefined;
      const there = new Set<bigint | string>(read.keys);
      const gone = Array.from<bigint | string>(keys).filter((key) => !there.has(key) && !newer.has(key));
      const deletes = [{ ...insert, kind: "delete", keys: gone as PrimaryKeys } as const];
      if (gone.length > 0) await target.write({ kind: "delete", deletes }, aborting);
      const kept = withoutNewer(insert, read.keys, newer, selectRows);
      counts = { copied: kept.reduce((sum, { rows }) => sum + rows, 0), deleted: gone.length };
      return kept;
    };
    const write = (): Promise<boolean> => writer.writeCopied(insert, prepare);
    const isWorth = await retries.retry(`repair of ${this.#name}`, write, signal);
    return isWorth ? counts : undefined;
  }

  /** As the source has it now; undefined when it has none of this name. */
  async #find(name: string, signal: AbortSignal): Promise<SourcePartition | undefined> {
    const partitions = await this.#deps.rows.partitions(this.#collection, signal);
    if (partitions === undefined) throw this.#conflict("has changed its name or is gone");
    return partitions.find((partition) => partition.name === name);
  }

  /**
   * What the source has at a time after the mark. Not earlier, as for a page: what the stream has sent before its tick
   * would be missing there, and would be deleted.
   */
  async #read(
    partition: SourcePartition | undefined,
    keys: PrimaryKeys,
    signal: AbortSignal,
  ): Promise<KeyedRows> {
    const { rows, catalogue } = this.#deps;
    const atLeast = await catalogue.now(signal);
    if (partition === undefined) return { keys: [], columns: [], until: atLeast };
    const found = await rows.readKeys(this.#collection, { partition, keys, atLeast }, signal);
    if (found === undefined) throw this.#conflict("has changed its name or is gone");
    return found;
  }

  get #collection(): RowCollection {
    const { id, source: name, description, onlyPartitions } = this.#parts.record.current;
    return { id, name, description, onlyPartitions };
  }

  get #name(): string {
    return fullName(this.#parts.record.current.source);
  }

  #conflict(why: string): CdcError {
    return new CdcError("TASK_STATE_CONFLICT", `${this.#name} ${why}`);
  }
}
