import { MAX_INT64 } from "../milvus/key-bounds.js";
import { compareKeys } from "../model/key-order.js";
import type { Key, KeySpan } from "../model/key-span.js";
import { keyBetween } from "./key-middle.js";

/** How far apart, in powers of two from the smallest key, the ends of a range may lie for a guess at what is between. */
const NEAR_BITS = 2;
/** How far from a rank one aims, as a part of the rows of the range that is looked for: a bound on either side is wanted. */
const AIM = 1 / 3;
/** After a guess that left more of the rows than this part, numbers are halved: once, then twice, four times and so on. */
const POOR = 0.75;

export interface RankSearchOptions {
  /** A range of no more rows is narrow enough. */
  readonly rangeRows: number;
  readonly hasTextKeys: boolean;
  /** The smallest key; undefined when it is not known, or keys are texts. */
  readonly smallest: Key | undefined;
}

/** A range of keys with so many rows before it, and so many up to its end. */
interface Bracket {
  readonly span: KeySpan;
  readonly low: number;
  readonly high: number;
}

/**
 * Finds the ranges in which rows of some ranks are, by counting; what one search has counted narrows the others.
 *
 * Keys that count from 1 on fill next to nothing of the numbers there are, so halving alone asks some fifty times. Most
 * keys lie evenly from the smallest to the largest one: first their magnitude is found, then two guesses do.
 */
export class RankSearch {
  readonly #count: (key: Key) => Promise<number>;
  readonly #total: number;
  readonly #options: RankSearchOptions;
  readonly #counted: (readonly [key: Key, rows: number])[] = [];

  /** @param count how many rows have keys up to this one */
  constructor(count: (key: Key) => Promise<number>, total: number, options: RankSearchOptions) {
    this.#count = count;
    this.#total = total;
    this.#options = options;
  }

  /** The range in which the row with so many rows before it is. */
  async find(rank: number): Promise<KeySpan> {
    let bracket = this.#bracketOf(rank);
    let [halvings, penalty] = [0, 1];
    while (bracket.high - bracket.low > this.#options.rangeRows) {
      const magnitude = this.#magnitudeIn(bracket);
      const guess = magnitude !== undefined || halvings-- > 0 ? undefined : this.#guessIn(bracket, rank);
      const { after, upTo } = bracket.span;
      const key = magnitude ?? guess ?? keyBetween(after, upTo, this.#options.hasTextKeys);
      if (key === undefined) break;
      this.#counted.push([key, await this.#count(key)]);
      const narrowed = this.#bracketOf(rank);
      if (guess !== undefined) {
        const isPoor = narrowed.high - narrowed.low > POOR * (bracket.high - bracket.low);
        halvings = isPoor ? penalty : 0;
        penalty = isPoor ? penalty * 2 : 1;
      }
      bracket = narrowed;
    }
    return bracket.span;
  }

  /** The narrowest range around a rank that follows from what was counted, also when rows came and went meanwhile. */
  #bracketOf(rank: number): Bracket {
    let [low, high] = [0, this.#total];
    let [after, upTo]: [Key?, Key?] = [];
    for (const [key, rows] of this.#counted)
      if (rows <= rank && (after === undefined || compareKeys(key, after) > 0)) [after, low] = [key, rows];
    for (const [key, rows] of this.#counted) {
      const isAbove = rows > rank && (after === undefined || compareKeys(key, after) > 0);
      if (isAbove && (upTo === undefined || compareKeys(key, upTo) < 0)) [upTo, high] = [key, rows];
    }
    return { span: { after, upTo }, low, high };
  }

  /** A power of two beyond the smallest key, while the ends are of different magnitudes. */
  #magnitudeIn({ span }: Bracket): bigint | undefined {
    const { smallest } = this.#options;
    if (typeof smallest !== "bigint") return undefined;
    const origin = smallest - 1n;
    const low = bitsOf(numberOr(span.after, origin) - origin);
    const high = bitsOf(numberOr(span.upTo, MAX_INT64) - origin);
    return high - low > NEAR_BITS ? origin + (1n << BigInt((low + high) >> 1)) : undefined;
  }

  /** Where the rank would be if keys lay evenly. */
  #guessIn({ span, low, high }: Bracket, rank: number): bigint | undefined {
    const { smallest, rangeRows } = this.#options;
    if (typeof smallest !== "bigint") return undefined;
    const [after, upTo] = [numberOr(span.after, smallest - 1n), numberOr(span.upTo, MAX_INT64)];
    // the longer side is cut off first
    const aim = rank - low > high - rank ? rank - rangeRows * AIM : rank + rangeRows * AIM;
    const share = Math.min(1, Math.max(0, (aim - low) / (high - low)));
    const key = after + BigInt(Math.round(Number(upTo - after) * share));
    return after < key && key < upTo ? key : undefined;
  }
}

function numberOr(key: Key | undefined, otherwise: bigint): bigint {
  return typeof key === "bigint" ? key : otherwise;
}

/** Of a number that is not negative. */
function bitsOf(number: bigint): number {
  return number <= 0n ? 0 : number.toString(2).length;
}
