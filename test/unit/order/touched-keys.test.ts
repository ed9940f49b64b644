import assert from "node:assert/strict";
import { TouchedKeys } from "../../../src/order/touched-keys.js";

function keys(from: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt(from + i));
}

describe("TouchedKeys", () => {
  it("tell what was written since a mark, and nothing from before it", () => {
    const touched = new TouchedKeys();
    const first = touched.open();
    touched.touch("p", [1n, 2n]);
    const second = touched.open();
    touched.touch("p", [2n, 3n]);
    assert.deepEqual(touched.writtenSince(first, "p"), new Set([1n, 2n, 3n]));
    assert.deepEqual(touched.writtenSince(second, "p"), new Set([2n, 3n]));
  });

  it("keep partitions apart, and know of what is written to all of them", () => {
    const touched = new TouchedKeys();
    const mark = touched.open();
    touched.touch("p", [1n]);
    touched.touch("q", [2n]);
    touched.touch("", [3n]);
    assert.deepEqual(touched.writtenSince(mark, "p"), new Set([1n, 3n]));
    // of a collection whose partitions have no names
    assert.deepEqual(touched.writtenSince(mark, ""), new Set([1n, 2n, 3n]));
  });

  it("know keys that are texts", () => {
    const touched = new TouchedKeys();
    const mark = touched.open();
    touched.touch("p", ["1", "a"]);
    assert.deepEqual(touched.writtenSince(mark, "p"), new Set(["1", "a"]));
  });

  it("can say nothing of a partition that was dropped since, and all of the others", () => {
    const touched = new TouchedKeys();
    const before = touched.open();
    touched.touchPartition("p");
    const after = touched.open();
    assert.equal(touched.writtenSince(before, "p"), undefined);
    assert.equal(touched.writtenSince(before, ""), undefined);
    assert.deepEqual(touched.writtenSince(before, "q"), new Set());
    assert.deepEqual(touched.writtenSince(after, "p"), new Set());
  });

  it("remember nothing while nobody asks", () => {
    const touched = new TouchedKeys();
    touched.touch("p", [1n]);
    assert.equal(touched.isWatched, false);
    const mark = touched.open();
    assert.equal(touched.isWatched, true);
    assert.deepEqual(touched.writtenSince(mark, "p"), new Set());
    touched.touch("p", [2n]);
    touched.close(mark);
    assert.equal(touched.isWatched, false);
    assert.deepEqual(touched.writtenSince(touched.open(), "p"), new Set());
  });

  it("keep what an open mark asks about when others are closed, in any order", () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const touched = new TouchedKeys();
      const marks = [1n, 2n, 3n].map((key) => {
        const mark = touched.open();
        touched.touch("p", [key]);
        return mark;
      });
      for (const [closed, i] of order.entries()) {
        for (const j of order.slice(closed)) {
          const expected = [1n, 2n, 3n].slice(j);
          assert.deepEqual(
            touched.writtenSince(marks[j]!, "p"),
            new Set(expected),
            `${order.join()} at ${j}`,
          );
        }
        touched.close(marks[i]!);
      }
    }
  });

  it("do not know any more when too much was written, and begin anew with the next mark", () => {
    const touched = new TouchedKeys();
    const mark = touched.open();
    touched.touch("p", keys(0, 600_000));
    assert.deepEqual(touched.writtenSince(mark, "q"), new Set());
    touched.touch("p", keys(600_000, 600_000));
    assert.equal(touched.writtenSince(mark, "q"), undefined);
    const next = touched.open();
    touched.touch("p", [7n]);
    assert.deepEqual(touched.writtenSince(next, "p"), new Set([7n]));
    assert.equal(touched.writtenSince(mark, "p"), undefined);
  });

  it("count only what they still hold against the limit", () => {
    const touched = new TouchedKeys();
    const some = keys(0, 600_000);
    for (let i = 0; i < 4; i++) {
      const mark = touched.open();
      touched.touch("p", some);
      assert.deepEqual(touched.writtenSince(mark, "q"), new Set());
      touched.close(mark);
    }
  });

  it("do not come to think that nothing was written when a mark from after the overrun is closed", () => {
    // GIVEN an old mark, whose keys had to be forgotten
    const touched = new TouchedKeys();
    const old = touched.open();
    touched.touch("p", keys(0, 1_000_001));
    // WHEN a younger one comes and goes
    touched.close(touched.open());
    // THEN of the old one's keys still nothing is known
    assert.equal(touched.writtenSince(old, "p"), undefined);
    touched.touch("p", [1n]);
    assert.equal(touched.writtenSince(old, "p"), undefined);
  });
});
