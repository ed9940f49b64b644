import type { PrimaryKeys } from "../model/change-event.js";

/** More keys than this are not remembered: who reads past them has to read again. */
const MAX_KEYS = 1_000_000;
/** Every partition: deletes that name none, and collections whose partitions have no names. */
const ANY_PARTITION = "";

interface Touch {
  readonly partition: string;
  /** Undefined when the whole partition was. */
  readonly keys: PrimaryKeys | undefined;
}

/** A moment in the stream of writes. */
export interface Mark {
  /** How many touches there were before it. */
  readonly after: number;
}

/**
 * Remembers which keys were written by the stream since the moments that
 * somebody still asks about.
 *
 * Existing rows are read while the stream of changes goes on. A row that was
 * read is true for as long as its key is not written after the moment when the
 * reading began; then the stream's word counts, and what was read is left out.
 */
export class TouchedKeys {
  readonly #marks = new Set<Mark>();
  #touches: Touch[] = [];
  /** How many touches were forgotten. */
  #forgotten = 0;
  #keyCount = 0;

  /** To be closed. */
  open(): Mark {
    const mark = { after: this.#forgotten + this.#touches.length };
    this.#marks.add(mark);
    return mark;
  }

  close(mark: Mark): void {
    this.#marks.delete(mark);
    const first = Math.min(...[...this.#marks].map(({ after }) => after));
    // the first may be older than what was forgotten because there was too much
    this.#forget(Math.max(0, Math.min(this.#touches.length, first - this.#forgotten)));
  }

  /** Whether anybody asks. */
  get isWatched(): boolean {
    return this.#marks.size > 0;
  }

  /** Keys are being written; an empty partition means all of them. */
  touch(partition: string, keys: PrimaryKeys): void {
    if (this.#marks.size === 0) return;
    this.#touches.push({ partition, keys });
    this.#keyCount += keys.length;
    if (this.#keyCount > MAX_KEYS) this.#forget(this.#touches.length);
  }

  /** A partition is being dropped. */
  touchPartition(partition: string): void {
    if (this.#marks.size > 0) this.#touches.push({ partition, keys: undefined });
  }

  /** The keys of a partition that were written since the mark; undefined when that is not known, or it was dropped. */
  writtenSince({ after }: Mark, partition: string): ReadonlySet<bigint | string> | undefined {
    if (after < this.#forgotten) return undefined;
    const written = new Set<bigint | string>();
    for (const touch of this.#touches.slice(after - this.#forgotten)) {
      if (!isSame(touch.partition, partition)) continue;
      if (touch.keys === undefined) return undefined;
      for (const key of touch.keys) written.add(key);
    }
    return written;
  }

  #forget(count: number): void {
    for (const { keys } of this.#touches.splice(0, count)) this.#keyCount -= keys?.length ?? 0;
    this.#forgotten += count;
  }
}

function isSame(a: string, b: string): boolean {
  return a === b || a === ANY_PARTITION || b === ANY_PARTITION;
}
