import { compareKeys } from "../model/key-order.js";
import type { Key, KeySpan } from "../model/key-span.js";
import { sampleRanges, type SampleOptions } from "./sample-ranges.js";

/** How far from its place a bound may lie, as a part of what it bounds. */
const SLACK = 8;

/**
 * All keys in some ranges of about as many rows each, in their order; found by counting, and never wrong, only uneven,
 * when rows are written meanwhile.
 *
 * @param countUpTo how many rows have keys up to this one
 */
export async function splitKeys(
  countUpTo: (key: Key) => Promise<number>,
  { parts, ...keys }: Pick<SampleOptions, "hasTextKeys" | "smallest" | "total"> & { parts: number },
): Promise<KeySpan[]> {
  const rangeRows = Math.max(1, Math.floor(keys.total / parts / SLACK));
  let part = 0;
  // the ranges that stand where one part ends and the next one begins
  const random = (): number => ++part / parts;
  const found = await sampleRanges(countUpTo, { ...keys, ranges: parts - 1, rangeRows, random });
  const bounds = found
    .flatMap(({ after }) => (after === undefined ? [] : [after]))
    .sort((a, b) => compareKeys(a, b));
  return [undefined, ...bounds].map((after, i) => ({ after, upTo: bounds[i] }));
}
