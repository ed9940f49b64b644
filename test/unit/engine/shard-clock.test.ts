import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { ShardClock } from "../../../src/engine/shard-clock.js";

const never = new AbortController().signal;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("ShardClock", () => {
  it("shows what all shards have passed, and what some have", () => {
    const clock = new ShardClock(["a", "b"]);
    const shown = (): readonly bigint[] => [clock.low, clock.high];
    assert.deepEqual(shown(), [0n, 0n]);
    clock.passed("a", 7n);
    assert.deepEqual(shown(), [0n, 7n]);
    clock.passed("b", 5n);
    assert.deepEqual(shown(), [5n, 7n]);
    clock.passed("b", 9n);
    assert.deepEqual(shown(), [7n, 9n]);
  });

  it("lets everyone go on whose time the last shard has passed, and no other", async () => {
    const clock = new ShardClock(["a", "b"]);
    const reached: bigint[] = [];
    const waits = [5n, 6n, 7n].map((ts) => clock.reached(ts, never).then(() => reached.push(ts)));
    clock.passed("a", 10n);
    await turn();
    assert.deepEqual(reached, []);
    clock.passed("b", 6n);
    await turn();
    assert.deepEqual(reached, [5n, 6n]);
    await clock.reached(6n, never);
    clock.passed("b", 7n);
    await Promise.all(waits);
  });

  it("is waited for no longer than the signal lives", async () => {
    const clock = new ShardClock(["a"]);
    const stop = new AbortController();
    const waiting = clock.reached(1n, stop.signal);
    stop.abort(new Error("stop"));
    await assert.rejects(waiting, /stop/);
    assert.equal(getEventListeners(stop.signal, "abort").length, 0);
  });
});
