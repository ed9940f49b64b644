import type { Key } from "./compare-rows.js";
import { keyBetween } from "./key-middle.js";

/** Keys larger than `after` and not larger than `upTo`; undefined is no bound. */
export interface KeySpan {
  readonly after: Key | undefined;
  readonly upTo: Key | undefined;
}

export interface SampleOptions {
  readonly ranges: number;
  /** About how many rows a range has at most. */
  readonly rangeRows: number;
  readonly hasTextKeys: boolean;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Ranges of keys, each with a row that was picked at random: every row has the same chance, however the keys lie, since
 * a range is found by counting. What is counted once is not counted again.
 *
 * @param countUpTo how many rows have keys up to this one; all for undefined
 */
export async function sampleRanges(
  countUpTo: (key: Key | undefined) => Promise<number>,
  { ranges, rangeRows, hasTextKeys, random }: SampleOptions,
): Promise<KeySpan[]> {
  const counts = new Map<Key | undefined, Promise<number>>();
  const count = (key: Key | undefined): Promise<number> => {
    const counted = counts.get(key) ?? countUpTo(key);
    counts.set(key, counted);
    return counted;
  };
  const total = await count(undefined);
  const found = new Map<Key | undefined, KeySpan>();
  for (let i = 0; i < ranges && total > 0; i++) {
    const span = await rangeOf(Math.floor(random() * total), { count, total, rangeRows, hasTextKeys });
    found.set(span.after, span);
  }
  return [...found.values()];
}

interface Counted {
  readonly count: (key: Key) => Promise<number>;
  readonly total: number;
  readonly rangeRows: number;
  readonly hasTextKeys: boolean;
}

/** The range in which the row with so many rows before it is. */
async function rangeOf(rank: number, { count, total, rangeRows, hasTextKeys }: Counted): Promise<KeySpan> {
  let [low, high] = [0, total];
  let span: KeySpan = { after: undefined, upTo: undefined };
  while (high - low > rangeRows) {
    const middle = keyBetween(span.after, span.upTo, hasTextKeys);
    if (middle === undefined) break;
    const counted = await count(middle);
    if (rank < counted) [high, span] = [counted, { ...span, upTo: middle }];
    else [low, span] = [counted, { ...span, after: middle }];
  }
  return span;
}

const CONFIDENCE = 0.95;

/**
 * With a confidence of 95 %, no larger share of the rows differs when so many picks found no difference: a larger one
 * would have been met. A pick takes its neighbours along, which only makes it surer.
 */
export function maxDifferingShare(picks: number): number {
  return picks === 0 ? 1 : 1 - (1 - CONFIDENCE) ** (1 / picks);
}
