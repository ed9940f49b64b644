import assert from "node:assert/strict";
import { PageSizer } from "../../../../src/source/snapshot/page-sizer.js";

const MIB = 1 << 20;
/** Every fifth. */
const keysOf = (rows: number): readonly bigint[] => Array.from({ length: rows }, (_, i) => BigInt(5 * i));

describe("PageSizer", () => {
  it("begins small, grows eightfold at most, and then asks for as many rows as make the wanted size", () => {
    const sizer = new PageSizer(8 * MIB);
    const asked: number[] = [];
    for (let page = 0; page < 5; page++) {
      const rows = sizer.wish(1n).rows;
      asked.push(rows);
      sizer.learn(1n, { keys: keysOf(rows), sizeBytes: rows * 2048 });
    }
    assert.deepEqual(asked, [128, 1024, 4096, 4096, 4096]);
  });

  it("asks for no more rows than a page may have, and for one at least", () => {
    const sizer = new PageSizer(8 * MIB);
    for (let page = 0; page < 5; page++) sizer.learn(1n, { keys: keysOf(100), sizeBytes: 100 });
    assert.equal(sizer.wish(1n).rows, 14_336);
    sizer.learn(1n, { keys: keysOf(1), sizeBytes: 100 * MIB });
    assert.equal(sizer.wish(1n).rows, 1);
  });

  it("asks for a quarter after each failure, and for no less than one row", () => {
    const sizer = new PageSizer(8 * MIB);
    const asked = Array.from({ length: 5 }, () => {
      sizer.failed(1n);
      return sizer.wish(1n).rows;
    });
    assert.deepEqual(asked, [32, 8, 2, 1, 1]);
    sizer.learn(1n, { keys: keysOf(1), sizeBytes: 10 });
    assert.equal(sizer.wish(1n).rows, 8);
  });

  it("learns nothing from an empty page, and nothing of one collection from another", () => {
    const sizer = new PageSizer(8 * MIB);
    sizer.learn(1n, { keys: keysOf(0), sizeBytes: 0 });
    sizer.failed(2n);
    assert.equal(sizer.wish(1n).rows, 128);
  });

  it("tells how far apart keys lie, of one collection and not of another, nor where they are texts", () => {
    const sizer = new PageSizer(8 * MIB);
    assert.equal(sizer.wish(1n).keysPerRow, undefined);
    sizer.learn(1n, { keys: keysOf(7), sizeBytes: 700 });
    sizer.learn(2n, { keys: ["a", "b"], sizeBytes: 200 });
    assert.deepEqual([sizer.wish(1n).keysPerRow, sizer.wish(2n).keysPerRow], [5, undefined]);
  });
});
