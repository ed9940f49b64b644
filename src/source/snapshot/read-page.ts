import type { Column, PrimaryKeys } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import { compareKeys } from "../../model/key-order.js";

type Key = bigint | string;

/** What Milvus can be asked about the rows of one partition. Ranges are `after` < key <= `upTo`; undefined is no bound. */
export interface KeyScan {
  readonly hasTextKeys: boolean;
  keys(after: Key | undefined, limit: number): Promise<PrimaryKeys>;
  /** Rows of equal keys are counted one by one. */
  count(after: Key | undefined, upTo: Key | undefined): Promise<number>;
  rows(after: Key | undefined, upTo: Key | undefined, limit: number): Promise<ScannedRows>;
}

/** One row of each key. */
export interface ScannedRows {
  readonly columns: readonly Column[];
  readonly keys: PrimaryKeys;
}

export interface ScannedPage extends ScannedRows {
  readonly isLast: boolean;
  /** Rows of the page's range just before they were read, those of equal keys one by one. */
  readonly counted: number;
  /** Rows that the server has and does not hand out. */
  readonly unreadableRows: number;
}

/** What a server takes as a limit. */
export const MAX_LIMIT = 16_384;
/** How many more rows than were counted are asked for, in case they come in between. */
const SPARE = 1_024;
/** Rows that a page may be planned with, so that even twice as many would leave something of the limit. */
export const MAX_PAGE_ROWS = 14_336;

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * The next rows in the order of their keys, about as many as wanted, up to the key `end`.
 *
 * Milvus takes the first `limit` rows of each segment, and only then drops
 * those whose key it has already. Where a segment has rows of equal keys, what
 * it contributes ends too soon, and what others contribute goes on: keys in
 * between are missing without a trace. So a page is a range of keys that is
 * known to have fewer rows than the limit, by count.
 */
export async function readPage(
  scan: KeyScan,
  after: Key | undefined,
  wanted: number,
  end?: Key,
): Promise<ScannedPage> {
  for (let from = after; ;) {
    const { upTo, counted } = await planRange(scan, from, wanted, end);
    const limit = Math.min(MAX_LIMIT, 2 * wanted + SPARE);
    const { columns, keys } = await scan.rows(from, upTo, limit);
    checkOrder(keys, from);
    const isLast = upTo === end && keys.length < limit;
    if (keys.length > 0 || isLast) {
      const isSomeHidden = isLast && end === undefined && counted > keys.length;
      const unreadableRows = isSomeHidden ? await countHidden(scan, keys) : 0;
      return { columns, keys, isLast, counted, unreadableRows };
    }
    // all of it was deleted since it was counted
    from = upTo;
  }
}

interface PlannedRange {
  readonly upTo: Key | undefined;
  readonly counted: number;
}

/** A range from `after` on that has no more rows than can be read at once, and at least the smallest key. */
async function planRange(
  scan: KeyScan,
  after: Key | undefined,
  wanted: number,
  end: Key | undefined,
): Promise<PlannedRange> {
  const most = Math.min(2 * wanted, MAX_LIMIT - SPARE);
  if (end !== undefined) {
    const counted = await scan.count(after, end);
    if (counted <= most) return { upTo: end, counted };
  }
  const found = await scan.keys(after, wanted);
  const keys = end === undefined ? found : found.filter((key) => compareKeys(key, end) <= 0);
  if (end === undefined && keys.length < wanted) {
    const counted = await scan.count(after, undefined);
    if (counted <= most || keys.length === 0) return { upTo: undefined, counted };
  }
  if (keys.length === 0) return { upTo: end, counted: 0 };
  for (let n = keys.length; ; n >>= 1) {
    const upTo = keys[n - 1];
    const counted = await scan.count(after, upTo);
    // the smallest key is never missing, however many rows it has
    if (counted <= most || n === 1) return { upTo, counted };
  }
}

/** Milvus 2.3.5 shows rows with the largest int64 as their key to nobody. */
async function countHidden(scan: KeyScan, keys: PrimaryKeys): Promise<number> {
  if (scan.hasTextKeys || keys.at(-1) === MAX_INT64) return 0;
  return scan.count(MAX_INT64 - 1n, undefined);
}

/** The next page goes on after the last key of this one, so that a page out of order would lose rows. */
function checkOrder(keys: PrimaryKeys, after: Key | undefined): void {
  let previous = after;
  for (const key of keys) {
    if (previous !== undefined && compareKeys(previous, key) >= 0)
      throw new CdcError("INTERNAL", "the source's rows did not come in the order of their keys");
    previous = key;
  }
}
