import type { HybridTs } from "../model/ids.js";
import { CdcError } from "../model/errors.js";
import type { Key, KeySpan } from "../model/key-span.js";
import type { Mark, TouchedKeys } from "../order/touched-keys.js";
import type { RowPage, SourcePartition } from "../source/row-source.js";
import type { CopySource } from "./copy-source.js";

/** More only make each other wait, and every one takes a page of memory. */
const READS_AT_ONCE = 3;

/** A page, the span that it was asked for, and a mark since before it was read, to be closed. */
export interface ReadPage extends RowPage, KeySpan {
  readonly partition: SourcePartition;
  readonly mark: Mark;
}

export interface PageReaderParts {
  readonly source: CopySource;
  readonly touched: TouchedKeys;
  /** What a page that is read from now on has to show. */
  readonly atLeast: () => HybridTs;
  /** A page could be read. */
  readonly onRead: () => void;
  readonly mayLoad: boolean;
}

/**
 * Reads a partition's pages side by side, and hands them out in the order of their keys.
 *
 * Where a page ends is a small answer, so it is asked for first, and the next
 * page can begin while the rows of this one come. It is no more than a plan: a
 * span that has more rows than make a page is read in parts.
 */
export class PageReader {
  readonly #parts: PageReaderParts;
  readonly #partition: SourcePartition;
  readonly #signal: AbortSignal;

  constructor(parts: PageReaderParts, partition: SourcePartition, signal: AbortSignal) {
    this.#parts = parts;
    this.#partition = partition;
    this.#signal = signal;
  }

  /** Ends early when the partition is another one. */
  async *pages(after: Key | undefined): AsyncGenerator<ReadPage, void, undefined> {
    // alone: it shows whether the partition can be read, and how many rows make a page
    const first = await this.#readOrLoad({ after, upTo: undefined });
    if (first === undefined) return;
    yield first;
    if (!first.isLast) yield* this.#sideBySide(endOf(first));
  }

  async *#sideBySide(after: Key | undefined): AsyncGenerator<ReadPage, void, undefined> {
    // its spans are asked for at the same time, and it answers one after the other
    const spans = this.#spans(after);
    const reading: Promise<ReadPage | undefined>[] = [];
    try {
      for (;;) {
        while (reading.length < READS_AT_ONCE) reading.push(this.#readNext(spans));
        let page = await reading.shift();
        for (;;) {
          if (page === undefined) return;
          yield page;
          if (page.isLast) break;
          page = await this.#read({ after: endOf(page), upTo: page.upTo });
        }
      }
    } finally {
      for (const left of await Promise.allSettled(reading))
        if (left.status === "fulfilled" && left.value !== undefined)
          this.#parts.touched.close(left.value.mark);
    }
  }

  async *#spans(from: Key | undefined): AsyncGenerator<KeySpan, void, undefined> {
    const { source, atLeast } = this.#parts;
    for (let after = from; ;) {
      const request = { partition: this.#partition, after, atLeast: atLeast() };
      const planned = await source.ask((rows, of) => rows.pageEnd(of, request, this.#signal));
      if (planned === undefined) return;
      yield { after, upTo: planned.upTo };
      if (planned.upTo === undefined) return;
      after = planned.upTo;
    }
  }

  #readNext(spans: AsyncIterator<KeySpan>): Promise<ReadPage | undefined> {
    const page = spans.next().then((next) => (next.done === true ? undefined : this.#read(next.value)));
    // one that fails behind another that failed is heard by nobody
    page.catch(() => undefined);
    return page;
  }

  async #readOrLoad(span: KeySpan): Promise<ReadPage | undefined> {
    try {
      return await this.#read(span);
    } catch (error) {
      if (CdcError.from(error).code !== "SOURCE_NOT_LOADED" || !this.#parts.mayLoad) throw error;
      await this.#parts.source.load(this.#partition.name, this.#signal);
      return this.#read(span);
    }
  }

  #read(span: KeySpan): Promise<ReadPage | undefined> {
    const { source, touched, atLeast, onRead } = this.#parts;
    const partition = this.#partition;
    return source.ask(async (rows, of) => {
      const mark = touched.open();
      try {
        const page = await rows.read(of, { ...span, partition, atLeast: atLeast() }, this.#signal);
        onRead();
        if (page !== undefined) return { ...page, ...span, partition, mark };
      } catch (error) {
        touched.close(mark);
        throw error;
      }
      touched.close(mark);
      return undefined;
    });
  }
}

/** The largest key that a page, and those before it, speak of; undefined is the end of the partition. */
export function endOf({ keys, isLast, upTo, after }: ReadPage): Key | undefined {
  return isLast ? upTo : (keys.at(-1) ?? after);
}
