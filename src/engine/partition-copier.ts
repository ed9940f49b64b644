import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { HybridTs } from "../model/ids.js";
import { isReplacing } from "../model/row-copy.js";
import { skipped } from "../model/skipped.js";
import type { Mark, TouchedKeys } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { RowPage, SourcePartition } from "../source/row-source.js";
import type { CollectionRecord } from "./collection-record.js";
import { insertOfCopied, withoutNewer } from "./copied-rows.js";
import type { CopyRate } from "./copy-rate.js";
import type { CopySource } from "./copy-source.js";
import type { CopyState } from "./copy-state.js";
import type { LaneDeps } from "./lane-deps.js";
import type { RowWriter } from "./row-writer.js";
import type { ShardClock } from "./shard-clock.js";

/** Pages that were read and wait for the stream of changes to come up to them. */
const PAGES_AHEAD = 3;

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

interface ReadPage extends RowPage {
  readonly partition: SourcePartition;
  readonly mark: Mark;
  readonly after: bigint | string | undefined;
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
    let after = this.#parts.state.cursorOf(partition).lastKey;
    try {
      for (let isLast = false; !isLast;) {
        const page = await this.#read(partition, after);
        if (page === undefined) break;
        const before = written.at(-1) ?? Promise.resolve(true);
        const write = before
          .then(async (isWorth) => isWorth && (await this.#write(page)))
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
    if (this.#parts.state.cursorOf(partition).isDone)
      await this.#parts.source.release(partition.name, this.#signal);
  }

  async #read(partition: SourcePartition, after: bigint | string | undefined): Promise<ReadPage | undefined> {
    try {
      return await this.#readOnce(partition, after);
    } catch (error) {
      const isNotLoaded = CdcError.from(error).code === "SOURCE_NOT_LOADED";
      if (!isNotLoaded || !this.#deps.loadForSnapshot) throw error;
      await this.#parts.source.load(partition.name, this.#signal);
      return this.#readOnce(partition, after);
    }
  }

  #readOnce(partition: SourcePartition, after: bigint | string | undefined): Promise<ReadPage | undefined> {
    const { touched, clock, record, source, onRead } = this.#parts;
    return source.ask(async (rows, of) => {
      const mark = touched.open();
      // what is later than this, the stream has yet to write, or sent it early as a row that no page had;
      // what an earlier run had written of a shard may be later than what others have passed in this one
      const atLeast = max(max(clock.high, this.#writer.writtenTs), record.current.barrierTs);
      try {
        const page = await rows.read(of, { partition, after, atLeast }, this.#signal);
        onRead();
        if (page !== undefined) return { ...page, partition, mark, after };
      } catch (error) {
        touched.close(mark);
        throw error;
      }
      touched.close(mark);
      return undefined;
    });
  }

  /** Answers whether the page was worth writing. */
  async #write(page: ReadPage): Promise<boolean> {
    const { clock, record, source, state, rate } = this.#parts;
    const { partition, keys, isLast } = page;
    await clock.reached(page.until, this.#signal);
    // what the target cannot do yet is repeated with the stream going on in between
    const isWorth = await this.#deps.retries.retry(
      `${source.place} to the target`,
      () => this.#writer.writeCopied(insertOfCopied(page, record.current.id), () => this.#prepare(page)),
      this.#signal,
    );
    if (!isWorth) return false;
    const lastKey = keys.at(-1) ?? page.after;
    const cursor = { partitionId: partition.id, lastKey, isDone: isLast };
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

  #deleteOthers(
    { partition, after, keys, isLast }: ReadPage,
    newer: ReadonlySet<bigint | string>,
  ): Promise<void> {
    const range = { partition: partition.name, after, upTo: isLast ? undefined : keys.at(-1) };
    const kept = [...new Set([...keys, ...newer])] as PrimaryKeys;
    return this.#target.deleteOthers(range, kept, this.#deps.aborting);
  }
}

function max(a: HybridTs, b: HybridTs): HybridTs {
  return a > b ? a : b;
}
