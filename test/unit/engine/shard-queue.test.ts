import assert from "node:assert/strict";
import { ShardQueue, type QueuedEvent, type ShardWork } from "../../../src/engine/shard-queue.js";
import type { LaneEvent } from "../../../src/model/change-event.js";

const never = new AbortController().signal;
const MIB = 1 << 20;

function done(): void {
  // nobody waits
}

function queued(event: LaneEvent): QueuedEvent {
  return { event, offset: event.ts, isReplayed: false, pending: { done, letGo: done } };
}

function row(ts: bigint, sizeBytes = 1): QueuedEvent {
  return queued({
    kind: "delete",
    ts,
    collectionId: 1n,
    partition: "",
    partitionId: 0n,
    keys: [],
    sizeBytes,
  });
}

function barrier(ts: bigint): QueuedEvent {
  return queued({ kind: "drop-partition", ts, collectionId: 1n, partition: "p", partitionId: 0n });
}

/** `rows 1,2`, `barrier 3`, `tick 4`. */
function said(work: ShardWork): string {
  if (work.kind === "tick") return `tick ${work.ts}`;
  if (work.kind === "early") return `early ${work.rows.map(({ event }) => event.ts).join()}`;
  if (work.kind === "barrier") return `barrier ${work.barrier.event.ts}`;
  return `rows ${work.rows.map(({ event }) => event.ts).join()}`;
}

async function take(queue: ShardQueue, count: number): Promise<string[]> {
  const all: string[] = [];
  for (let i = 0; i < count; i++) all.push(said(await queue.next(never)));
  return all;
}

describe("ShardQueue", () => {
  it("gives rows together up to a barrier, and the last tick after them", async () => {
    const queue = new ShardQueue();
    queue.push([row(1n)]);
    queue.tick(2n);
    queue.push([row(3n), row(4n), barrier(5n), row(6n)]);
    queue.tick(7n);
    assert.deepEqual(await take(queue, 5), ["rows 1,3,4", "tick 2", "barrier 5", "rows 6", "tick 7"]);
  });

  it("keeps one of many ticks without rows", async () => {
    const queue = new ShardQueue();
    for (let ts = 1n; ts < 1000n; ts++) queue.tick(ts);
    assert.deepEqual(await take(queue, 1), ["tick 999"]);
  });

  it("limits the bytes of rows that go together, and never splits a timestamp", async () => {
    const queue = new ShardQueue();
    queue.push([row(1n, 10 * MIB), row(2n, 10 * MIB), row(2n, 10 * MIB), row(3n)]);
    queue.tick(4n);
    assert.equal(queue.bytes, 30 * MIB + 1);
    assert.deepEqual(await take(queue, 1), ["rows 1,2,2"]);
    assert.equal(queue.bytes, 1);
    assert.deepEqual(await take(queue, 2), ["rows 3", "tick 4"]);
    assert.equal(queue.bytes, 0);
  });

  it("waits for the next push, or until the signal aborts", async () => {
    const queue = new ShardQueue();
    const next = queue.next(never);
    queue.push([row(1n)]);
    assert.equal(said(await next), "rows 1");
    const stop = new AbortController();
    const waiting = queue.next(stop.signal);
    stop.abort(new Error("stop"));
    await assert.rejects(waiting, /stop/);
  });

  it("gives back its events, and not its ticks, when it is cleared", () => {
    const queue = new ShardQueue();
    queue.push([row(1n), barrier(2n)]);
    queue.tick(3n);
    assert.deepEqual(
      queue.clear().map(({ event }) => event.ts),
      [1n, 2n],
    );
    assert.equal(queue.bytes, 0);
    assert.deepEqual(queue.clear(), []);
  });
});
