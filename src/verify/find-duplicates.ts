import type { Key } from "../model/key-span.js";

/** What can be asked about some keys of a target. */
export interface KeyCounts {
  /** Those that have a row. */
  present(keys: readonly Key[]): Promise<readonly Key[]>;
  /** How many rows they have, those of equal keys one by one. */
  count(keys: readonly Key[]): Promise<number>;
}

/** So often one waits for a moment in which none of the keys is deleted; then fewer of them are asked about. */
const MAX_TRIES = 3;
/** A server's answer has no more rows than four times this, those of equal keys one by one. */
const MAX_KEYS = 4_096;

/** Those of some keys that have more than one row, at most `limit` of them. Each is found by halving. */
export async function findDuplicates(
  keys: readonly Key[],
  counts: KeyCounts,
  limit: number,
): Promise<readonly Key[]> {
  if (keys.length === 0 || limit <= 0) return [];
  const seen = keys.length > MAX_KEYS ? undefined : await lookAt(keys, counts);
  if (seen?.surplus === 0) return [];
  const left = seen?.keys ?? keys;
  if (left.length <= 1) return left;
  const middle = left.length >> 1;
  const first = await findDuplicates(left.slice(0, middle), counts, limit);
  return [...first, ...(await findDuplicates(left.slice(middle), counts, limit - first.length))];
}

/**
 * How many rows too many there are. A row that is deleted between the questions would hide one that is there twice, so
 * this is undefined when there was no moment without.
 */
async function lookAt(
  keys: readonly Key[],
  counts: KeyCounts,
): Promise<{ readonly keys: readonly Key[]; readonly surplus: number } | undefined> {
  let before = await counts.present(keys);
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    if (before.length === 0) return { keys: before, surplus: 0 };
    const rows = await counts.count(before);
    const after = await counts.present(before);
    if (after.length === before.length) return { keys: after, surplus: Math.max(0, rows - after.length) };
    before = after;
  }
  return undefined;
}
