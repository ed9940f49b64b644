import assert from "node:assert/strict";
import { Arrivals, renderArrivals } from "../../../src/quickstart/arrivals.js";

describe("arrivals", () => {
  it("measure each row from its acknowledgement to when it was first seen", () => {
    const arrivals = new Arrivals();
    arrivals.acknowledged([1, 2], 1_000);
    arrivals.acknowledged([3], 1_100);
    arrivals.seen([1], 1_200);
    arrivals.seen([1, 2, 3], 1_900);
    assert.deepEqual(arrivals.summary(), { written: 3, arrived: 3, lagP50Ms: 800, lagMaxMs: 900 });
  });

  it("count a row seen before its acknowledgement when it is seen again, never as arrived for good", () => {
    const arrivals = new Arrivals();
    arrivals.seen([1], 900);
    arrivals.acknowledged([1], 1_000);
    assert.equal(arrivals.firstPending, 1);
    arrivals.seen([1], 1_020);
    assert.deepEqual(arrivals.summary(), { written: 1, arrived: 1, lagP50Ms: 20, lagMaxMs: 20 });
  });

  it("know the smallest id that is missing, whatever the order of arrival", () => {
    const arrivals = new Arrivals();
    assert.equal(arrivals.firstPending, undefined);
    arrivals.acknowledged([7, 8, 9], 0);
    arrivals.seen([7, 9], 1);
    assert.equal(arrivals.firstPending, 8);
  });

  it("take percentiles of the latest rows only", () => {
    const arrivals = new Arrivals(2);
    for (const [id, lagMs] of [
      [1, 500],
      [2, 10],
      [3, 30],
    ] as const) {
      arrivals.acknowledged([id], 0);
      arrivals.seen([id], lagMs);
    }
    assert.deepEqual(arrivals.summary(), { written: 3, arrived: 3, lagP50Ms: 10, lagMaxMs: 30 });
  });

  it("say in one line what is written, what has arrived and the lag", () => {
    const summary = { written: 12, arrived: 9, lagP50Ms: 304, lagMaxMs: 1_456 };
    assert.equal(
      renderArrivals(summary),
      "rows written 12, on the target 9, 3 on their way; lag p50 0.30 s, max 1.46 s",
    );
    assert.equal(
      renderArrivals({ written: 0, arrived: 0, lagP50Ms: undefined, lagMaxMs: undefined }),
      "rows written 0, on the target 0; lag p50 –, max –",
    );
  });
});
