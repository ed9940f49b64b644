import assert from "node:assert/strict";
import { count, duration, megabytes, percent, rate } from "../../../src/dashboard/format.js";

describe("the dashboard's numbers", () => {
  it("tells durations in two units at most", () => {
    const told = [undefined, -5, 0, 340n, 9_994, 59_400, 60_000, 185_000, 7_800_000, 529_200_000].map(
      duration,
    );
    assert.deepEqual(told, [
      "–",
      "0.00 s",
      "0.00 s",
      "0.34 s",
      "9.99 s",
      "59 s",
      "1 min",
      "3 min 5 s",
      "2 h 10 min",
      "6 d 3 h",
    ]);
  });

  it("counts exactly beyond 2^53", () => {
    assert.equal(count(9_007_199_254_740_993n).replace(/\s/g, " "), "9 007 199 254 740 993");
    assert.equal(count(999.6).replace(/\s/g, " "), "1 000");
    assert.equal(count(undefined), "–");
  });

  it("does not round small rates away", () => {
    assert.deepEqual([0, 0.25, 9.96, 12.4].map(rate), ["0", "0.3", "10.0", "12"]);
    assert.deepEqual([0, 5, 98_765, 2.5e7].map(megabytes), ["0.00", "< 0.01", "0.10", "25"]);
  });

  it("says 100 % only of what is done", () => {
    assert.deepEqual([percent(999n, 1_000n), percent(3n, 2n), percent(1n, 0n)], [99, 100, 0]);
  });
});
