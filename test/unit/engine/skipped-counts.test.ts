import assert from "node:assert/strict";
import { SkippedCounts } from "../../../src/engine/skipped-counts.js";
import { skipped } from "../../../src/model/skipped.js";

describe("SkippedCounts", () => {
  it("counts by reason, in the order in which they came", () => {
    const counts = new SkippedCounts();
    for (const type of [7, 8, 7]) counts.add(skipped.unknownMessage(type));
    counts.add(skipped.bulkImport);
    assert.deepEqual(counts.all, [
      { reason: skipped.unknownMessage(7), records: 2n },
      { reason: skipped.unknownMessage(8), records: 1n },
      { reason: skipped.bulkImport, records: 1n },
    ]);
  });

  it("counts what has too many reasons as a whole", () => {
    const counts = new SkippedCounts();
    for (let type = 0; type < 1000; type++) counts.add(skipped.unknownMessage(type));
    counts.add(skipped.unknownMessage(0));
    assert.equal(counts.all.length, 101);
    assert.deepEqual(counts.all[0]?.records, 2n);
    const others = counts.all.at(-1);
    assert.deepEqual([others?.reason.text, others?.records], ["other reasons", 900n]);
  });
});
