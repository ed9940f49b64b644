import { sleep } from "../async/abort.js";
import { backoffMs } from "../async/backoff.js";
import { CdcError } from "../model/errors.js";
import type { HybridTs } from "../model/ids.js";
import { isReplacing } from "../model/row-copy.js";
import type { TouchedKeys } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { BulkImport } from "../source/source-catalogue.js";
import type { CollectionRecord } from "./collection-record.js";
import { CopyRate } from "./copy-rate.js";
import { CopySource } from "./copy-source.js";
import { CopyState } from "./copy-state.js";
import { ImportBacklog } from "./import-backlog.js";
import type { LaneDeps } from "./lane-deps.js";
import { PartitionCopier } from "./partition-copier.js";
import type { RowWriter } from "./row-writer.js";
import type { ShardClock } from "./shard-clock.js";
import type { CopyView } from "./task-view.js";

/** How soon one looks again for a collection whose name is not known now, and for one that cannot be read. */
const LOOK_AGAIN_MS = 500;
const BLOCKED_AGAIN_MS = 5_000;
const BACKOFF = { firstMs: 100, maxMs: BLOCKED_AGAIN_MS };

export interface RowCopierParts {
  readonly record: CollectionRecord;
  readonly touched: TouchedKeys;
  readonly clock: ShardClock;
}

/** Copies the existing rows of one collection: once, and again after bulk imports; goes on after restarts. */
export class RowCopier {
  readonly #parts: RowCopierParts;
  readonly #deps: LaneDeps;
  readonly #state: CopyState;
  readonly #source: CopySource;
  readonly #rate = new CopyRate();
  readonly #backlog: ImportBacklog;
  #problem: CdcError | undefined;
  /** How many bulk imports the copy that is under way makes up for. */
  #imports = 0;
  /** In a row. */
  #failures = 0;

  constructor(parts: RowCopierParts, deps: LaneDeps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#state = new CopyState(parts.record);
    this.#source = new CopySource(parts.record, this.#state, deps);
    this.#backlog = new ImportBacklog(parts.record, parts.clock);
  }

  /** Why the rows cannot be read, for the time being. */
  get problem(): CdcError | undefined {
    return this.#problem;
  }

  /** Undefined when there is nothing to copy, or all is copied. */
  view(): CopyView | undefined {
    const { copy } = this.#state;
    return copy === undefined || copy.isDone ? undefined : this.#rate.view(copy);
  }

  /** As `ImportBacklog.note`. */
  noteImports(imports: readonly BulkImport[], at: HybridTs): void {
    this.#backlog.note(imports, at);
  }

  /** Copies what is there, and after each bulk import what came by it. */
  async run(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#runOnce(target, writer, signal);
      const imports = await this.#backlog.beginCopy(signal);
      this.#imports = imports.length;
      this.#deps.onImported(this.#parts.record.current, imports);
    }
  }

  /** Resolves when everything is copied. What cannot be read is tried again until it can. */
  async #runOnce(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<void> {
    const { place } = this.#source;
    const onRead = (): void => {
      this.#problem = undefined;
      this.#failures = 0;
      this.#deps.retries.report(place, undefined);
    };
    const copyAll = (): Promise<void> => this.#copyAll(target, writer, onRead, signal);
    try {
      while (!this.#state.isDone()) await this.#tryOnce(copyAll, place, signal);
    } finally {
      onRead();
    }
  }

  /** In its turn; other collections have theirs while this one waits after a failure. */
  async #tryOnce(copyAll: () => Promise<void>, place: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.slots.run(copyAll, signal);
      // while it is being renamed or dropped, there is nothing to read
      if (!this.#state.isDone()) await sleep(LOOK_AGAIN_MS, signal);
    } catch (error) {
      signal.throwIfAborted();
      await this.#waitAfter(CdcError.from(error), place, signal);
    }
  }

  async #waitAfter(error: CdcError, place: string, signal: AbortSignal): Promise<void> {
    if (error.code === "SOURCE_NOT_LOADED") {
      this.#problem = error;
      await sleep(BLOCKED_AGAIN_MS, signal);
    } else if (error.action === "retry") {
      const attempts = ++this.#failures;
      const delayMs = backoffMs(attempts, BACKOFF);
      this.#deps.retries.report(place, { error, attempts, delayMs });
      await sleep(delayMs, signal);
    } else throw error;
  }

  async #copyAll(
    target: TargetCollection,
    writer: RowWriter,
    onRead: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    // what an earlier run wrote of a shard, and is not repeated, is no later than the shard's first tick in this one
    await this.#parts.clock.reached(1n, signal);
    await this.#count(signal);
    const own = { state: this.#state, source: this.#source, rate: this.#rate, onRead };
    const copier = new PartitionCopier({ ...this.#parts, ...own }, target, writer, this.#deps, signal);
    for (;;) {
      const partitions = await this.#source.ask((rows, of) => rows.partitions(of, signal));
      if (partitions === undefined) return;
      const next = partitions.find((partition) => this.#state.isWanted(partition));
      if (next === undefined) break;
      await copier.copy(next);
    }
    const state = this.#state;
    if (isReplacing(state.copy) && !(await this.#dropOtherPartitions(writer, signal))) return;
    for (const partition of state.copy?.loadedPartitions ?? []) await this.#source.release(partition, signal);
    if (state.copy?.loadedPartitions.length !== 0) return;
    await state.change(() => ({ isDone: true }));
    this.#deps.onCopied(this.#parts.record.current, this.#imports);
  }

  async #count(signal: AbortSignal): Promise<void> {
    const { copy } = this.#state;
    if (copy?.totalRows !== undefined || copy?.partitions !== undefined) return;
    const totalRows = await this.#source.ask((rows, of) => rows.count(of, signal));
    if (totalRows !== undefined) await this.#state.change(() => ({ totalRows }));
  }

  /** Drops what the log no longer tells to be dropped. Answers whether the source could be asked. */
  #dropOtherPartitions(writer: RowWriter, signal: AbortSignal): Promise<boolean> {
    return this.#source.ask((rows, of) =>
      writer.dropOthers(async () => (await rows.partitions(of, signal))?.map(({ name }) => name)),
    );
  }
}
