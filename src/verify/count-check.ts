import type { HybridTs } from "../model/ids.js";
import type { SideReader } from "./side-reader.js";
import type { PartitionPair } from "./partition-comparison.js";

/** A difference is believed when it was seen so many times while the source rested. */
const CONFIRMATIONS = 2;
const MAX_ROUNDS = 10;
const ALL = { after: undefined, upTo: undefined };

export interface CountParts {
  readonly partition: PartitionPair;
  readonly source: SideReader;
  readonly target: SideReader;
  readonly passed: (ts: HybridTs) => Promise<void>;
}

export interface CountsFound {
  readonly source: number;
  readonly target: number;
  /** Undefined when the source was written so often that nothing can be said. */
  readonly isEqual: boolean | undefined;
}

/** Compares numbers of rows. While writes flow, the target's has to lie between two of the source's, before and after. */
export async function checkCounts({ partition, source, target, passed }: CountParts): Promise<CountsFound> {
  const countSource = (): Promise<number> =>
    partition.source === undefined
      ? Promise.resolve(0)
      : source.countRange(partition.source, ALL, { isFresh: true });
  let [strikes, there, before] = [0, 0, 0];
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    before = await countSource();
    await passed(await source.now());
    there =
      partition.target === undefined ? 0 : await target.countRange(partition.target, ALL, { isFresh: true });
    const after = await countSource();
    if (there >= Math.min(before, after) && there <= Math.max(before, after))
      return { source: before, target: there, isEqual: true };
    if (before === after && ++strikes === CONFIRMATIONS)
      return { source: before, target: there, isEqual: false };
  }
  return { source: before, target: there, isEqual: undefined };
}
