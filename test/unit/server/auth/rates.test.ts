import assert from "node:assert/strict";
import { Rates } from "../../../../src/server/auth/rates.js";

describe("Rates", () => {
  it("lets two seconds' worth come at once, then as many as its rate, of each caller", () => {
    let nowMs = 0;
    const rates = new Rates(10, () => nowMs);
    const waits = (count: number, name = "a") => Array.from({ length: count }, () => rates.waitMs(name));
    assert.deepEqual(waits(21), [...Array<number>(20).fill(0), 100]);
    assert.deepEqual(waits(1, "b"), [0]);
    nowMs = 50;
    assert.deepEqual(waits(1), [50]);
    nowMs = 100;
    assert.deepEqual(waits(2), [0, 100]);
    nowMs = 1e9;
    assert.deepEqual(waits(21), [...Array<number>(20).fill(0), 100]);
  });
});
