import assert from "node:assert/strict";
import { RateMeter } from "../../../src/engine/rate-meter.js";

describe("RateMeter", () => {
  it("knows nothing before the second sample", () => {
    const meter = new RateMeter();
    assert.deepEqual(meter.perSecond, []);
    meter.sample(0, [5]);
    assert.deepEqual(meter.perSecond, []);
  });

  it("tells for each total how fast it grew, whatever it began with", () => {
    const meter = new RateMeter();
    meter.sample(1_000, [100, 7]);
    meter.sample(1_500, [150, 7]);
    assert.deepEqual(meter.perSecond, [100, 0]);
  });

  it("rises with what is written, and is 0 again ten samples later", () => {
    const meter = new RateMeter();
    meter.sample(0, [0]);
    meter.sample(1_000, [50]);
    assert.deepEqual(meter.perSecond, [50]);
    for (let s = 2; s <= 10; s++) meter.sample(s * 1_000, [50]);
    assert.deepEqual(meter.perSecond, [5]);
    meter.sample(11_000, [50]);
    assert.deepEqual(meter.perSecond, [0]);
  });

  it("says nothing when the clock was set back", () => {
    const meter = new RateMeter();
    meter.sample(10_000, [0]);
    meter.sample(9_000, [50]);
    assert.deepEqual(meter.perSecond, []);
  });
});
