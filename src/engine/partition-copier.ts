import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { HybridTs } from "../model/ids.js";
import { isReplacing } from "../model/row-copy.js";
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
    const written: Promise<boolean>[] = [];
    try {
      for await (const page of this.#reader(partition).pages(this.#parts.state.cursorOf(partition).lastKey)) {
        const before = written.at(-1) ?? Promise.resolve(true);
        const write = before
          .then(async (isWorth) => isWorth && (await this.#write(page)))
          .finally(() => this.#parts.touched.close(page.mark));
        write.catch(() => undefined);
        written.push(write);
        if (written.length > PAGES_WAITING && !(await written.shift())) break;
      }
      await Promise.all(written);
    } finally {
      await Promise.allSettled(written);
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

  /** Answers whether the page was worth writing. */
  async #write(page: ReadPage): Promise<boolean> {
    const { clock, record, source, state, rate } = this.#parts;
    const { partition, keys } = page;
    await clock.reached(page.until, this.#signal);
    // what the target cannot do yet is repeated with the stream going on in between
    const isWorth = await this.#deps.retries.retry(
      `${source.place} to the target`,
      () => this.#writer.writeCopied(insertOfCopied(page, record.current.id), () => this.#prepare(page)),
      this.#signal,
    );
    if (!isWorth) return false;
    const end = endOf(page);
    const cursor = {
      partitionId: partition.id,
      lastKey: end ?? keys.at(-1) ?? page.after,
      isDone: end === undefined,
    };
    await state.change(({ cursors, copiedRows }) => ({
      cursors: new Map([...cursors, [partition.name, cursor]]),
      copiedRows: copiedRows + BigInt(keys.length),
    }));
    rate.add(keys.length);
    if (page.unreadableRows !== undefined && page.unreadableRows > 0)
      this.#deps.onSkipped(record.current, skipped.hiddenRows, page.unreadableRows);
    return true;
  }

  /** What of a page is still to be written, when nothing else is; undefined when that is not known. */
  async #prepare(page: ReadPage): Promise<readonly RowInsert[] | undefined> {
    const newer = this.#parts.touched.writtenSince(page.mark, page.partition.name);
    if (newer === undefined) return undefined;
    if (isReplacing(this.#parts.state.copy)) await this.#deleteOthers(page, newer);
    const insert = insertOfCopied(page, this.#parts.record.current.id);
    return withoutNewer(insert, page.keys, newer, this.#deps.selectRows);
  }

  #deleteOthers(page: ReadPage, newer: ReadonlySet<bigint | string>): Promise<void> {
    const { partition, after, keys } = page;
    const range = { partition: partition.name, after, upTo: endOf(page) };
    const kept = [...new Set([...keys, ...newer])] as PrimaryKeys;
    return this.#target.deleteOthers(range, kept, this.#deps.aborting);
  }
}

function max(a: HybridTs, b: HybridTs): HybridTs {
  return a > b ? a : b;
}
