import { MAX_INT64 } from "../../milvus/key-bounds.js";
import type { PrimaryKeys } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import { compareKeys } from "../../model/key-order.js";
import type { Key } from "../../model/key-span.js";
import { MAX_LIMIT, SPARE, type KeyScan, type ScannedRows } from "./key-scan.js";
import { planRange, type PageWish } from "./plan-range.js";

export interface ScannedPage extends ScannedRows {
  readonly isLast: boolean;
  /** Rows of the page's range just before they were read, those of equal keys one by one. */
  readonly counted: number;
  /** Rows that the server has and does not hand out. */
  readonly unreadableRows: number;
}

/**
 * The next rows in the order of their keys, about as many as wished, up to the key `end`.
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
  wish: PageWish,
  end?: Key,
): Promise<ScannedPage> {
  for (let from = after; ;) {
    const { upTo, counted } = await planRange(scan, from, wish, end);
    const limit = Math.min(MAX_LIMIT, 2 * wish.rows + SPARE);
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
