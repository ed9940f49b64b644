import assert from "node:assert/strict";
import { TaskSamples } from "../../../src/engine/task-samples.js";
import { retryingObservation } from "../../support/server-observations.js";

describe("TaskSamples", () => {
  it("keeps the last hour of each task that runs, and nothing of one that is gone", () => {
    let running = ["a", "b"];
    const samples = new TaskSamples(() => running.map((id) => [id, retryingObservation("x")] as const));
    samples.take(0);
    running = ["a"];
    for (let i = 1; i <= 360; i++) samples.take(i * 10_000);
    assert.equal(samples.of("a").length, 360);
    assert.deepEqual(
      [samples.of("a")[0]?.atMs, samples.of("a").at(-1)?.atMs, samples.of("b").length],
      [10_000, 3_600_000, 1],
    );
    assert.deepEqual(samples.of("b")[0], {
      atMs: 0,
      lagMs: 1234.6,
      rowsPerSecond: 1234.56,
      bytesPerSecond: 98_765.43,
      backlogRecords: 9007199254740993n,
    });
    samples.forget("a");
    assert.deepEqual(samples.of("a"), []);
  });
});
