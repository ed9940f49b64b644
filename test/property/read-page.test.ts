import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_INT64 } from "../../src/milvus/key-bounds.js";
import { MAX_PAGE_ROWS, type KeyScan } from "../../src/source/snapshot/key-scan.js";
import { planEnd } from "../../src/source/snapshot/plan-range.js";
import { readPage, type ScannedPage } from "../../src/source/snapshot/read-page.js";
import type { Key } from "../../src/model/key-span.js";

const compare = (a: Key, b: Key): number =>
  typeof a === "string" && typeof b === "string"
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : a < b
      ? -1
      : Number(a > b);

/**
 * Rows as Milvus 2.3.5 keeps and shows them: each segment contributes its first
 * `limit` rows, equal keys and all; one row of each key is left, and `limit` of these.
 */
class SegmentedRows implements KeyScan {
  readonly hasTextKeys: boolean;
  readonly #segments: readonly (readonly Key[])[];
  largestAnswer = 0;

  constructor(segments: readonly (readonly Key[])[]) {
    this.#segments = segments.map((keys) => [...keys].sort(compare));
    this.hasTextKeys = segments.some((keys) => keys.some((key) => typeof key === "string"));
  }

  keys(after: Key | undefined, limit: number): Promise<readonly bigint[]> {
    return Promise.resolve(this.#merged(after, undefined, limit));
  }

  count(after: Key | undefined, upTo: Key | undefined): Promise<number> {
    return Promise.resolve(this.#segments.flatMap((keys) => within(keys, after, upTo)).length);
  }

  rows(
    after: Key | undefined,
    upTo: Key | undefined,
    limit: number,
  ): Promise<{ columns: []; keys: readonly bigint[] }> {
    assert.ok(limit <= 16_384);
    const keys = this.#merged(after, upTo, limit);
    this.largestAnswer = Math.max(this.largestAnswer, keys.length);
    return Promise.resolve({ columns: [], keys });
  }

  #merged(after: Key | undefined, upTo: Key | undefined, limit: number): readonly bigint[] {
    const contributed = this.#segments.flatMap((keys) => within(keys, after, upTo).slice(0, limit));
    const keys = [...new Set(contributed)].filter((key) => key !== MAX_INT64).sort(compare);
    return keys.slice(0, limit) as bigint[];
  }
}

function within(keys: readonly Key[], after: Key | undefined, upTo: Key | undefined): readonly Key[] {
  return keys.filter(
    (key) =>
      (after === undefined || compare(key, after) > 0) && (upTo === undefined || compare(key, upTo) <= 0),
  );
}

async function pagesOf(scan: KeyScan, rows: number, keysPerRow?: number, end?: Key): Promise<ScannedPage[]> {
  const pages: ScannedPage[] = [];
  for (let after: Key | undefined; pages.at(-1)?.isLast !== true; after = pages.at(-1)?.keys.at(-1)) {
    pages.push(await readPage(scan, after, { rows, keysPerRow }, end));
    assert.ok(pages.length < 10_000, "it does not end");
  }
  return pages;
}

/** Few keys, so that many are equal; runs of one key hide what comes after it. */
const keys: fc.Arbitrary<readonly Key[]> = fc
  .array(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 30 })), { maxLength: 12 })
  .map((runs) => runs.flatMap(([key, times]) => Array<bigint>(times).fill(BigInt(key))));
const segments = fc.oneof(
  fc.array(keys, { maxLength: 4 }),
  fc.array(fc.array(fc.string({ unit: "binary", maxLength: 2 })), { maxLength: 4 }),
);

/** What the page before told, which need not be true of the next one. */
const keysPerRow = fc.option(fc.double({ min: 0, max: 50, noNaN: true }), { nil: undefined });

describe("readPage, for any rows", () => {
  it("hands out every key once, in order, however rows of equal keys lie in segments", async () => {
    await fc.assert(
      fc.asyncProperty(
        segments,
        fc.integer({ min: 1, max: 20 }),
        keysPerRow,
        fc.nat(),
        async (all, wanted, distance, place) => {
          const scan = new SegmentedRows(all);
          const keys = [...new Set(all.flat())].sort(compare);
          // as often as not, up to a key
          const end = keys[place % (2 * keys.length)];
          const pages = await pagesOf(scan, wanted, distance, end);
          assert.deepEqual(
            pages.flatMap((page) => Array.from<Key>(page.keys)),
            keys.filter((key) => end === undefined || compare(key, end) <= 0),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("does so where far more rows have one key than a server hands out at once", async () => {
    const many = (key: bigint, times: number): bigint[] => Array<bigint>(times).fill(key);
    const hiding = [...many(1n, 20_000), 2n, 3n, ...many(4n, 40_000), 5n];
    const scan = new SegmentedRows([hiding, Array.from({ length: 3_000 }, (_, i) => BigInt(1_000 + i))]);
    const pages = await pagesOf(scan, MAX_PAGE_ROWS);
    const read = pages.flatMap((page) => Array.from<Key>(page.keys));
    assert.equal(read.length, 3_005);
    assert.deepEqual(read.slice(0, 6), [1n, 2n, 3n, 4n, 5n, 1_000n]);
  });

  it("has no more than twice the wanted rows in a page", async () => {
    await fc.assert(
      fc.asyncProperty(
        segments,
        fc.integer({ min: 1, max: 20 }),
        keysPerRow,
        async (all, wanted, distance) => {
          const scan = new SegmentedRows(all);
          await pagesOf(scan, wanted, distance, [...all.flat()].sort(compare).at(-2));
          assert.ok(scan.largestAnswer <= 2 * wanted);
        },
      ),
    );
  });

  it("tells how many rows there are with the key that nobody can read", async () => {
    const pages = await pagesOf(new SegmentedRows([[1n, 2n, 3n, MAX_INT64], [MAX_INT64]]), 2);
    assert.deepEqual(
      pages.map((page) => page.unreadableRows),
      [0, 2],
    );
    const none = await pagesOf(new SegmentedRows([[1n, 1n, 2n]]), 2);
    assert.deepEqual(
      none.map((page) => page.unreadableRows),
      [0],
    );
  });

  it("goes on when all of a page was deleted after it was counted", async () => {
    class Deleting extends SegmentedRows {
      #reads = 0;
      override rows(...[after, upTo, limit]: Parameters<KeyScan["rows"]>): ReturnType<SegmentedRows["rows"]> {
        return this.#reads++ < 2
          ? Promise.resolve({ columns: [], keys: [] })
          : super.rows(after, upTo, limit);
      }
    }
    const page = await readPage(new Deleting([[1n, 2n, 3n, 4n, 5n]]), undefined, { rows: 2 });
    assert.deepEqual([page.keys, page.isLast], [[5n], true]);
  });

  it("does not take a full answer for the last, when rows came after the count", async () => {
    const grown = new SegmentedRows([Array.from({ length: 9_000 }, (_, i) => BigInt(i))]);
    const scan: KeyScan = {
      hasTextKeys: false,
      keys: () => Promise.resolve([0n]),
      count: () => Promise.resolve(1),
      rows: (after, upTo, limit) => grown.rows(after, upTo, limit),
    };
    assert.equal((await readPage(scan, undefined, { rows: 2 })).isLast, false);
  });

  it("refuses rows that are out of order", async () => {
    const scan = new SegmentedRows([[1n, 2n]]);
    const turned: KeyScan = {
      hasTextKeys: false,
      keys: (after, limit) => scan.keys(after, limit),
      count: (after, upTo) => scan.count(after, upTo),
      rows: () => Promise.resolve({ columns: [], keys: [2n, 1n] }),
    };
    await assert.rejects(readPage(turned, undefined, { rows: 5 }), /order of their keys/);
    await assert.rejects(
      readPage({ ...turned, rows: () => Promise.resolve({ columns: [], keys: [7n] }) }, 7n, { rows: 5 }),
    );
  });

  it("counts instead of asking for keys while they lie as those of the page before", async () => {
    const rows = new SegmentedRows([Array.from({ length: 100 }, (_, i) => BigInt(3 * i))]);
    let asked = 0;
    const scan: KeyScan = {
      hasTextKeys: false,
      keys: (after, limit) => (asked++, rows.keys(after, limit)),
      count: (after, upTo) => rows.count(after, upTo),
      rows: (after, upTo, limit) => rows.rows(after, upTo, limit),
    };
    const wish = { rows: 10, keysPerRow: 3 };
    const page = await readPage(scan, 9n, wish, 270n);
    assert.deepEqual([page.keys.length, page.keys.at(-1), page.isLast, asked], [10, 39n, false, 0]);
    assert.deepEqual([await planEnd(scan, 9n, wish), asked], [39n, 0]);
    // there the keys end, and only they themselves tell
    assert.deepEqual([await planEnd(scan, 285n, wish), asked], [undefined, 1]);
  });
});
