import { MAX_INT64 } from "../../milvus/key-bounds.js";
import { compareKeys } from "../../model/key-order.js";
import type { Key } from "../../model/key-span.js";
import { MAX_LIMIT, SPARE, type KeyScan } from "./key-scan.js";

/** About what a page is to be. */
export interface PageWish {
  readonly rows: number;
  /** How far apart keys lie, as of the page before; undefined when that is not known, or keys are texts. */
  readonly keysPerRow?: number | undefined;
}

/** A range that was guessed is taken when it has about as many rows as were wished. */
const FEWEST = 0.5;
const MOST = 1.25;

interface PlannedRange {
  readonly upTo: Key | undefined;
  readonly counted: number;
}

/** A range from `after` on that has no more rows than can be read at once, and at least the smallest key. */
export async function planRange(
  scan: KeyScan,
  after: Key | undefined,
  wish: PageWish,
  end: Key | undefined,
): Promise<PlannedRange> {
  const guessed = await guessRange(scan, after, wish, end);
  if (guessed !== undefined) return guessed;
  const { rows: wanted } = wish;
  const most = mostOf(wish);
  const last = end === undefined ? undefined : await planToEnd(scan, after, wish, end);
  if (last !== undefined) return last;
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

/** All that is left, or half of it. */
async function planToEnd(
  scan: KeyScan,
  after: Key | undefined,
  wish: PageWish,
  end: Key,
): Promise<PlannedRange | undefined> {
  const counted = await scan.count(after, end);
  if (counted <= mostOf(wish)) return { upTo: end, counted };
  const isHalfEnough = counted <= 2 * mostOf(wish) && typeof after === "bigint" && typeof end === "bigint";
  return isHalfEnough ? fitting(scan, after, (after + end) >> 1n, wish) : undefined;
}

/** Where a page that begins behind a key had best end; undefined is the end of the partition. */
export async function planEnd(
  scan: KeyScan,
  after: Key | undefined,
  wish: PageWish,
): Promise<Key | undefined> {
  const guessed = await guessRange(scan, after, wish, undefined);
  if (guessed !== undefined) return guessed.upTo;
  const keys = await scan.keys(after, wish.rows);
  return keys.length < wish.rows ? undefined : keys.at(-1);
}

/** Counting costs a server a tenth of what naming so many keys does. Keys lie as those before them, more often than not. */
async function guessRange(
  scan: KeyScan,
  after: Key | undefined,
  wish: PageWish,
  end: Key | undefined,
): Promise<PlannedRange | undefined> {
  const { rows, keysPerRow } = wish;
  if (keysPerRow === undefined || typeof after !== "bigint") return undefined;
  const length = BigInt(Math.max(1, Math.round(keysPerRow * rows)));
  const upTo = after + length;
  // the last two pages are better counted as one
  const last = typeof end === "bigint" ? end - length : MAX_INT64;
  return upTo >= last ? undefined : fitting(scan, after, upTo, wish);
}

async function fitting(
  scan: KeyScan,
  after: Key | undefined,
  upTo: Key,
  wish: PageWish,
): Promise<PlannedRange | undefined> {
  const counted = await scan.count(after, upTo);
  const fits = counted >= wish.rows * FEWEST && counted <= Math.min(wish.rows * MOST, mostOf(wish));
  return fits ? { upTo, counted } : undefined;
}

function mostOf({ rows }: PageWish): number {
  return Math.min(2 * rows, MAX_LIMIT - SPARE);
}
