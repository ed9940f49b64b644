import assert from "node:assert/strict";
import { sampleRanges } from "../../../src/verify/sample-ranges.js";
import { splitKeys } from "../../../src/verify/split-keys.js";

const ROWS = 1_000_000;

/** Keys in their order, by their place; and how often it was asked what lies before one. */
class Keys {
  readonly #at: (place: number) => bigint;
  asked = 0;

  constructor(at: (place: number) => bigint) {
    this.#at = at;
  }

  get smallest(): bigint {
    return this.#at(0);
  }

  readonly count = (key: bigint | string | undefined): Promise<number> => {
    this.asked++;
    let [low, high] = [0, ROWS];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (typeof key !== "bigint" || this.#at(middle) <= key) low = middle + 1;
      else high = middle;
    }
    return Promise.resolve(low);
  };
}

/** Where all of int64 is halved, the first row of a million alone takes some forty questions. */
const KINDS: readonly (readonly [
  name: string,
  at: (place: number) => bigint,
  split: number,
  sample: number,
])[] = [
  ["that count from 1 on", (place) => BigInt(place + 1), 40, 300],
  [
    "of times, in batches",
    (place) => (BigInt(place) / 2_000n) * 3_000_000n + 450_000_000_000_000_000n + (BigInt(place) % 2_000n),
    45,
    1_700,
  ],
  [
    "all over the numbers there are",
    (place) => BigInt(place) * 18_000_000_000_000n - 9_000_000_000_000_000_000n,
    45,
    300,
  ],
  ["of which one lies far from the others", (place) => (place === 0 ? -(2n ** 62n) : BigInt(place)), 75, 350],
];

describe("how often a server is asked to count, among a million keys", () => {
  for (const [name, at, split, sample] of KINDS)
    it(`is seldom for keys ${name}`, async () => {
      const keys = new Keys(at);
      const { smallest } = keys;
      const spans = await splitKeys(keys.count, { parts: 12, total: ROWS, hasTextKeys: false, smallest });
      assert.equal(spans.length, 12);
      assert.ok(keys.asked <= split, `${keys.asked} times to split them`);
      keys.asked = 0;
      const options = {
        total: ROWS,
        ranges: 100,
        rangeRows: 500,
        hasTextKeys: false,
        smallest,
        random: Math.random,
      };
      await sampleRanges(keys.count, options);
      assert.ok(keys.asked <= sample, `${keys.asked} times for a sample`);
    });
});
