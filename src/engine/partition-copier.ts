import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { HybridTs } from "../model/ids.js";
import { isReplacing, type CopyCursor } from "../model/row-copy.js";
import { skipped } from "../model/skipped.js";
import type { TouchedKeys } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { SourcePartition } from "../source/row-source.js";
import type { CollectionRecord } from "./collection-record.js";
import { insertOfCopied, withoutNewer } from "./copied-rows.js";
import type { CopyRate } from "./copy-rate.js";
import type { CopySource } from "./copy-source.js";
import type { CopyState } from "./copy-state.js";
import type { LaneDeps } from "./lane-deps.js";
import { endOf, PageReader, type ReadPage } from "./page-reader.js";
import type { RowWriter } from "./row-writer.js";
import type { ShardClock } from "./shard-clock.js";

/** Pages that were read and wait for the stream of changes to come up to them. */
const PAGES_WAITING = 3;
/** As many requests as a server is kept busy with: a page fills one. */
const PAGES_AT_ONCE = 2;

export interface PartitionCopierParts {
  readonly record: CollectionRecord;
  readonly touched: TouchedKeys;
  readonly clock: ShardClock;
  readonly state: CopyState;
  readonly source: CopySource;
  readonly rate: CopyRate;
  /** A page could be read. */
  readonly onRead: () => void;
}

/**
 * Copies the existing rows of one collection, partition by partition, while its changes stream past.
 *
 * A page shows each row as it was at some moment between what the stream had
 * written when the reading began and the end of the reading. It is written
 * once every shard has passed that end, without the rows that the stream has
 * written meanwhile: those that are left did not change in between. Neither
 * waits for the other, and nothing of the log has to be kept for later.
 */
export class PartitionCopier {
  readonly #parts: PartitionCopierParts;
  readonly #deps: LaneDeps;
  readonly #target: TargetCollection;
  readonly #writer: RowWriter;
  readonly #signal: AbortSignal;

  constructor(
    parts: PartitionCopierParts,
    target: TargetCollection,
    writer: RowWriter,
    deps: LaneDeps,
    signal: AbortSignal,
  ) {
    this.#parts = parts;
    this.#target = target;
    this.#writer = writer;
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Reads ahead of what is written. Ends early when the partition is another one, or what was read is worth nothing. */
  async copy(partition: SourcePartition): Promise<void> {
    const waiting: ReadPage[] = [];
    const written: Promise<boolean>[] = [];
    try {
      for await (const page of this.#reader(partition).pages(this.#parts.state.cursorOf(partition).lastKey)) {
        waiting.push(page);
        const before = written.at(-1) ?? Promise.resolve(true);
        const write = before.then(async (isWorth) => isWorth && (await this.#writeNext(waiting)));
        write.catch(() => undefined);
        written.push(write);
        if (written.length > PAGES_WAITING && !(await written.shift())) break;
      }
      await Promise.all(written);
    } finally {
      await Promise.allSettled(written);
      this.#close(waiting);
    }
    if (this.#parts.state.cursorOf(partition).isDone)
      await this.#parts.source.release(partition.name, this.#signal);
  }

  #reader(partition: SourcePartition): PageReader {
    const { touched, clock, record, source, onRead } = this.#parts;
    // what is later than this, the stream has yet to write, or sent it early as a row that no page had;
    // what an earlier run had written of a shard may be later than what others have passed in this one
    const atLeast = (): HybridTs => max(max(clock.high, this.#writer.writtenTs), record.current.barrierTs);
    const mayLoad = this.#deps.loadForSnapshot;
    return new PageReader({ source, touched, atLeast, onRead, mayLoad }, partition, this.#signal);
  }

  /** Answers whether the pages were worth writing. When an earlier call took all, there is nothing to do. */
  async #writeNext(waiting: ReadPage[]): Promise<boolean> {
    const pages = waiting.splice(0, PAGES_AT_ONCE);
    const [first] = pages;
    if (first === undefined) return true;
    try {
      return await this.#write(first, pages);
    } finally {
      this.#close(pages);
    }
  }

  async #write(first: ReadPage, pages: readonly ReadPage[]): Promise<boolean> {
    const { clock, record, source } = this.#parts;
    for (const { until } of pages) await clock.reached(until, this.#signal);
    // what the target cannot do yet is repeated with the stream going on in between
    const isWorth = await this.#deps.retries.retry(
      `${source.place} to the target`,
      () => this.#writer.writeCopied(insertOfCopied(first, record.current.id), () => this.#prepareAll(pages)),
      this.#signal,
    );
    if (isWorth) await this.#note(pages);
    return isWorth;
  }

  /** Remembers that everything up to the end of the last page is on the target. */
  async #note(pages: readonly ReadPage[]): Promise<void> {
    const { record, state, rate } = this.#parts;
    const rows = pages.reduce((sum, { keys }) => sum + keys.length, 0);
    const moves = pages.map((page) => [page.partition.name, cursorBehind(page)] as const);
    await state.change(({ cursors, copiedRows }) => ({
      cursors: new Map([...cursors, ...moves]),
      copiedRows: copiedRows + BigInt(rows),
    }));
    rate.add(rows);
    const hidden = pages.reduce((sum, { unreadableRows = 0 }) => sum + unreadableRows, 0);
    if (hidden > 0) this.#deps.onSkipped(record.current, skipped.hiddenRows, hidden);
  }

  async #prepareAll(pages: readonly ReadPage[]): Promise<readonly RowInsert[] | undefined> {
    const prepared: RowInsert[] = [];
    for (const page of pages) {
      const inserts = await this.#prepare(page);
      if (inserts === undefined) return undefined;
      prepared.push(...inserts);
    }
    return prepared;
  }

  /** What of a page is still to be written, when nothing else is; undefined when that is not known. */
  async #prepare(page: ReadPage): Promise<readonly RowInsert[] | undefined> {
    const newer = this.#parts.touched.writtenSince(page.mark, page.partition.name);
    if (newer === undefined) return undefined;
    if (isReplacing(this.#parts.state.copy)) await this.#deleteOthers(page, newer);
    const insert = insertOfCopied(page, this.#parts.record.current.id);
    return withoutNewer(insert, page.keys, newer, this.#deps.selectRows);
  }

  #close(pages: readonly ReadPage[]): void {
    for (const { mark } of pages) this.#parts.touched.close(mark);
  }

  #deleteOthers(page: ReadPage, newer: ReadonlySet<bigint | string>): Promise<void> {
    const { partition, after, keys } = page;
    const range = { partition: partition.name, after, upTo: endOf(page) };
    const kept = [...new Set([...keys, ...newer])] as PrimaryKeys;
    return this.#target.deleteOthers(range, kept, this.#deps.aborting);
  }
}

function cursorBehind(page: ReadPage): CopyCursor {
  const end = endOf(page);
  return {
    partitionId: page.partition.id,
    lastKey: end ?? page.keys.at(-1) ?? page.after,
    isDone: end === undefined,
  };
}

function max(a: HybridTs, b: HybridTs): HybridTs {
  return a > b ? a : b;
}
