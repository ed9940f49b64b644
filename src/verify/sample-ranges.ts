import { inParallel } from "../async/in-parallel.js";
import type { Key, KeySpan } from "../model/key-span.js";
import { RankSearch, type RankSearchOptions } from "./rank-search.js";

export interface SampleOptions extends RankSearchOptions {
  /** Rows that there are. */
  readonly total: number;
  readonly ranges: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Ranges that are looked for side by side: one after the other, most of the time goes into waiting for counts. */
const SIDE_BY_SIDE = 4;

/**
 * Ranges of keys, each with a row that was picked at random: every row has the same chance, however the keys lie, since
 * a range is found by counting.
 *
 * @param countUpTo how many rows have keys up to this one
 */
export async function sampleRanges(
  countUpTo: (key: Key) => Promise<number>,
  { total, ranges, random, ...wanted }: SampleOptions,
): Promise<KeySpan[]> {
  const search = new RankSearch(countUpTo, total, wanted);
  const picks = total === 0 ? 0 : ranges;
  const ranks = Array.from({ length: picks }, () => Math.floor(random() * total));
  const found = new Map<Key | undefined, KeySpan>();
  const pick = async (rank: number): Promise<void> => {
    const span = await search.find(rank);
    found.set(span.after, span);
  };
  // the first one finds out where keys are at all
  const [first, ...others] = ranks;
  if (first !== undefined) await pick(first);
  await inParallel(others, SIDE_BY_SIDE, pick);
  return [...found.values()];
}

const CONFIDENCE = 0.95;

/**
 * With a confidence of 95 %, no larger share of the rows differs when so many picks found no difference: a larger one
 * would have been met. A pick takes its neighbours along, which only makes it surer.
 */
export function maxDifferingShare(picks: number): number {
  return picks === 0 ? 1 : 1 - (1 - CONFIDENCE) ** (1 / picks);
}
