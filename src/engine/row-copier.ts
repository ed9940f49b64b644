import { sleep } from "../async/abort.js";
import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs } from "../model/ids.js";
import { isCopied, isReplacing, NEW_COPY, type CopyCursor, type RowCopy } from "../model/row-copy.js";
import type { Mark, TouchedKeys } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { RowCollection, RowPage, RowSource, SourcePartition } from "../source/row-source.js";
import type { BulkImport } from "../source/source-catalogue.js";
import type { CollectionRecord } from "./collection-record.js";
import { CopyRate } from "./copy-rate.js";
import { ImportBacklog } from "./import-backlog.js";
import type { LaneDeps } from "./lane-deps.js";
import type { RowWriter } from "./row-writer.js";
import type { ShardClock } from "./shard-clock.js";
import type { CopyView } from "./task-view.js";

/** Pages that were read and wait for the stream of changes to come up to them. */
const PAGES_AHEAD = 3;
/** How soon one looks again for a collection whose name is not known now, and for one that cannot be read. */
const LOOK_AGAIN_MS = 500;
const BLOCKED_AGAIN_MS = 5_000;

export interface RowCopierParts {
  readonly record: CollectionRecord;
  readonly touched: TouchedKeys;
  readonly clock: ShardClock;
}

interface ReadPage extends RowPage {
  readonly partition: SourcePartition;
  readonly mark: Mark;
  readonly after: bigint | string | undefined;
}

/**
 * Copies the existing rows of one collection, while its changes stream past.
 *
 * A page shows each row as it was at some moment between what the stream had
 * written when the reading began and the end of the reading. It is written
 * once every shard has passed that end, without the rows that the stream has
 * written meanwhile: those that are left did not change in between. Neither
 * waits for the other, and nothing of the log has to be kept for later.
 */
export class RowCopier {
  readonly #parts: RowCopierParts;
  readonly #deps: LaneDeps;
  readonly #rate = new CopyRate();
  readonly #backlog: ImportBacklog;
  #problem: CdcError | undefined;
  /** How many bulk imports the copy that is under way makes up for. */
  #imports = 0;

  constructor(parts: RowCopierParts, deps: LaneDeps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#backlog = new ImportBacklog(parts.record, parts.clock);
  }

  /** Why the rows cannot be read, for the time being. */
  get problem(): CdcError | undefined {
    return this.#problem;
  }

  /** Undefined when there is nothing to copy, or all is copied. */
  view(): CopyView | undefined {
    const copy = this.#parts.record.current.copy;
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
    while (!this.#isDone()) {
      try {
        await this.#deps.slots.run(() => this.#copyAll(target, writer, signal), signal);
        this.#problem = undefined;
        // while it is being renamed or dropped, there is nothing to read
        if (!this.#isDone()) await sleep(LOOK_AGAIN_MS, signal);
      } catch (error) {
        signal.throwIfAborted();
        const known = CdcError.from(error);
        if (known.code !== "SOURCE_NOT_LOADED") throw known;
        this.#problem = known;
        await sleep(BLOCKED_AGAIN_MS, signal);
      }
    }
  }

  #isDone(): boolean {
    return this.#copy?.isDone ?? true;
  }

  async #copyAll(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<void> {
    // what an earlier run has written is older than the first tick of this one
    await this.#parts.clock.reached(1n, signal);
    await this.#count(signal);
    for (;;) {
      const partitions = await this.#ask((rows, of) => rows.partitions(of, signal), signal);
      if (partitions === undefined) return;
      const next = partitions.find((partition) => this.#isWanted(partition));
      if (next === undefined) break;
      await this.#copyPartition(next, target, writer, signal);
    }
    if (isReplacing(this.#copy) && !(await this.#dropOtherPartitions(writer, signal))) return;
    for (const partition of this.#copy?.loadedPartitions ?? []) await this.#release(partition, signal);
    if (this.#copy?.loadedPartitions.length !== 0) return;
    await this.#change(() => ({ isDone: true }));
    this.#deps.onCopied(this.#parts.record.current, this.#imports);
  }

  async #count(signal: AbortSignal): Promise<void> {
    if (this.#copy?.totalRows !== undefined || this.#copy?.partitions !== undefined) return;
    const totalRows = await this.#ask((rows, of) => rows.count(of, signal), signal);
    if (totalRows !== undefined) await this.#change(() => ({ totalRows }));
  }

  /** Reads ahead of what is written. Ends early when the partition is another one, or what was read is worth nothing. */
  async #copyPartition(
    partition: SourcePartition,
    target: TargetCollection,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const written: Promise<boolean>[] = [];
    let after = this.#cursorOf(partition).lastKey;
    try {
      for (let isLast = false; !isLast;) {
        const page = await this.#read(partition, after, writer, signal);
        if (page === undefined) break;
        const before = written.at(-1) ?? Promise.resolve(true);
        const write = before
          .then(async (isWorth) => isWorth && (await this.#write(page, target, writer, signal)))
          .finally(() => this.#parts.touched.close(page.mark));
        write.catch(() => undefined);
        written.push(write);
        if (written.length > PAGES_AHEAD && !(await written.shift())) break;
        after = page.keys.at(-1) ?? after;
        isLast = page.isLast;
      }
      await Promise.all(written);
    } finally {
      await Promise.allSettled(written);
    }
    if (this.#cursorOf(partition).isDone) await this.#release(partition.name, signal);
  }

  async #read(
    partition: SourcePartition,
    after: bigint | string | undefined,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<ReadPage | undefined> {
    try {
      return await this.#readOnce(partition, after, writer, signal);
    } catch (error) {
      const isNotLoaded = CdcError.from(error).code === "SOURCE_NOT_LOADED";
      if (!isNotLoaded || !this.#deps.loadForSnapshot) throw error;
      await this.#load(partition.name, signal);
      return this.#readOnce(partition, after, writer, signal);
    }
  }

  #readOnce(
    partition: SourcePartition,
    after: bigint | string | undefined,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<ReadPage | undefined> {
    const { touched, clock, record } = this.#parts;
    return this.#ask(async (rows, of) => {
      const mark = touched.open();
      // what is later than this, the stream has yet to write, or sent it early as a row that no page had
      const atLeast = max(max(clock.low, writer.writtenTs), record.current.barrierTs);
      try {
        const page = await rows.read(of, { partition, after, atLeast }, signal);
        this.#problem = undefined;
        if (page !== undefined) return { ...page, partition, mark, after };
      } catch (error) {
        touched.close(mark);
        throw error;
      }
      touched.close(mark);
      return undefined;
    }, signal);
  }

  /** Answers whether the page was worth writing. */
  async #write(
    page: ReadPage,
    target: TargetCollection,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, record } = this.#parts;
    const { partition, keys, isLast } = page;
    await clock.reached(page.until, signal);
    // what the target cannot do yet is repeated with the stream going on in between
    const isWorth = await this.#deps.retries.retry(
      `${this.#place} to the target`,
      () => writer.writeCopied(insertOf(page, record.current.id), () => this.#prepare(page, target)),
      signal,
    );
    if (!isWorth) return false;
    const lastKey = keys.at(-1) ?? page.after;
    const cursor = { partitionId: partition.id, lastKey, isDone: isLast };
    await this.#change(({ cursors, copiedRows }) => ({
      cursors: new Map([...cursors, [partition.name, cursor]]),
      copiedRows: copiedRows + BigInt(keys.length),
    }));
    this.#rate.add(keys.length);
    return true;
  }

  /** What of a page is still to be written, when nothing else is; undefined when that is not known. */
  async #prepare(page: ReadPage, target: TargetCollection): Promise<readonly RowInsert[] | undefined> {
    const newer = this.#parts.touched.writtenSince(page.mark, page.partition.name);
    if (newer === undefined) return undefined;
    if (isReplacing(this.#copy)) await this.#deleteOthers(page, newer, target);
    return this.#rest(page, newer);
  }

  /** What the stream has not written since. */
  #rest(page: ReadPage, newer: ReadonlySet<bigint | string>): readonly RowInsert[] {
    const insert = insertOf(page, this.#parts.record.current.id);
    const rows = [...page.keys.keys()].filter((i) => !newer.has(page.keys[i] ?? ""));
    if (rows.length === 0) return [];
    if (rows.length === insert.rows) return [insert];
    return [{ ...insert, columns: this.#deps.selectRows(insert.columns, rows), rows: rows.length }];
  }

  #deleteOthers(
    { partition, after, keys, isLast }: ReadPage,
    newer: ReadonlySet<bigint | string>,
    target: TargetCollection,
  ): Promise<void> {
    const range = { partition: partition.name, after, upTo: isLast ? undefined : keys.at(-1) };
    const kept = [...new Set([...keys, ...newer])] as PrimaryKeys;
    return target.deleteOthers(range, kept, this.#deps.aborting);
  }

  /** Drops what the log no longer tells to be dropped. Answers whether the source could be asked. */
  #dropOtherPartitions(writer: RowWriter, signal: AbortSignal): Promise<boolean> {
    return this.#ask(
      (rows, of) =>
        writer.dropOthers(async () => (await rows.partitions(of, signal))?.map(({ name }) => name)),
      signal,
    );
  }

  /** What is loaded is remembered before, so that it is released also after a crash. */
  async #load(partition: string, signal: AbortSignal): Promise<void> {
    await this.#change(({ loadedPartitions }) => ({
      loadedPartitions: [...new Set([...loadedPartitions, partition])],
    }));
    try {
      await this.#ask((rows, of) => rows.load(of, partition, signal), signal);
    } catch (error) {
      // its owner may load it now, and wants it to stay so
      if (CdcError.from(error).code === "SOURCE_NOT_LOADED") await this.#released(partition);
      throw error;
    }
  }

  async #release(partition: string, signal: AbortSignal): Promise<void> {
    if (this.#copy?.loadedPartitions.includes(partition) !== true) return;
    const isReleased = await this.#ask(async (rows, of) => {
      await rows.release(of, partition, signal);
      // one that is renamed at this moment was not found
      return (await rows.partitions(of, signal)) !== undefined;
    }, signal);
    if (isReleased) await this.#released(partition);
  }

  #released(partition: string): Promise<void> {
    return this.#change(({ loadedPartitions }) => ({
      loadedPartitions: loadedPartitions.filter((loaded) => loaded !== partition),
    }));
  }

  /** Reading changes nothing, so it is cut at once when the task stops, or the collection is gone. */
  #ask<T>(action: (rows: RowSource, of: RowCollection) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { rows, retries } = this.#deps;
    return retries.retry(
      this.#place,
      () => {
        const { id, source: name, description } = this.#parts.record.current;
        return action(rows, { id, name, description });
      },
      signal,
    );
  }

  async #change(change: (copy: RowCopy) => Partial<RowCopy>): Promise<void> {
    await this.#parts.record.change(({ copy = NEW_COPY }) => ({ copy: { ...copy, ...change(copy) } }));
  }

  #isWanted(partition: SourcePartition): boolean {
    return isCopied(this.#copy ?? NEW_COPY, partition.name) && !this.#cursorOf(partition).isDone;
  }

  #cursorOf({ name, id }: SourcePartition): CopyCursor {
    const cursor = this.#copy?.cursors.get(name);
    return cursor?.partitionId === id ? cursor : { partitionId: id, lastKey: undefined, isDone: false };
  }

  get #copy(): RowCopy | undefined {
    return this.#parts.record.current.copy;
  }

  get #place(): string {
    const { database, name } = this.#parts.record.current.source;
    return `snapshot of ${database}.${name}`;
  }
}

function insertOf(
  { partition, columns, keys, sizeBytes, until }: ReadPage,
  collectionId: CollectionId,
): RowInsert {
  return {
    kind: "insert",
    ts: until,
    collectionId,
    partition: partition.name,
    partitionId: partition.id,
    rows: keys.length,
    columns,
    sizeBytes,
    isUpsertHalf: false,
  };
}

function max(a: HybridTs, b: HybridTs): HybridTs {
  return a > b ? a : b;
}
