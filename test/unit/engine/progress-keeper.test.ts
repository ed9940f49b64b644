import assert from "node:assert/strict";
import { ProgressKeeper } from "../../../src/engine/progress-keeper.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import { MemoryMetastore } from "../../../src/metastore/memory/memory-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import { Faults } from "../../support/engine-gate.js";
import { GatedMetastore } from "../../support/engine-gated-metastore.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";
import { aProgress, aTask } from "../../support/metastore-values.js";

const never = new AbortController().signal;
const ID = aTask().id;

function read(...offsets: bigint[]): { readonly offset: bigint }[] {
  return offsets.map((offset) => ({ offset }));
}

async function keeperOf(...progress: Parameters<MemoryMetastore["createTask"]>[1]) {
  const store = new MemoryMetastore();
  await store.createTask(aTask(), progress, []);
  const faults = new Faults();
  const keeper = new ProgressKeeper(
    ID,
    new GatedMetastore(store, faults.gate),
    new RetryBoard(() => undefined),
  );
  await keeper.load();
  return { store, faults, keeper };
}

describe("ProgressKeeper", () => {
  it("opens a channel where the task had come to", async () => {
    const { keeper } = await keeperOf(aProgress("c", 5n, { tick: 3n, frontier: 9n }));
    const course = await keeper.open({ channel: "c", start: 0n, end: 20n }, never);
    assert.deepEqual([course.from, course.durableUntil, course.replayUntil], [5n, 3n, 9n]);
    assert.deepEqual([course.tracker.checkpoint, course.tracker.durableTick], [5n, 3n]);
  });

  it("opens a channel that came into being later at its first record, and remembers that at once", async () => {
    const { store, keeper } = await keeperOf();
    const course = await keeper.open({ channel: "new", start: 2n, end: 20n }, never);
    assert.equal(course.from, 2n);
    assert.deepEqual(await store.listProgress(ID), [aProgress("new", 2n, { tick: 0n })]);
  });

  it("saves the checkpoint and the durable tick of every channel that moved, and of no other", async () => {
    const { store, faults, keeper } = await keeperOf(aProgress("a", 0n), aProgress("b", 0n));
    const a = await keeper.open({ channel: "a", start: 0n, end: 9n }, never);
    await keeper.open({ channel: "b", start: 0n, end: 9n }, never);
    await keeper.save(never);
    assert.ok(!faults.seen.includes("saveProgress"));
    a.tracker.begin(0n);
    a.tracker.skip(1n);
    const [pending] = a.tracker.released(7n, [0n]);
    await keeper.save(never);
    assert.ok(!faults.seen.includes("saveProgress"));
    pending?.done();
    await keeper.save(never);
    assert.deepEqual(await store.listProgress(ID), [
      aProgress("a", 2n, { tick: 7n, frontier: 0n }),
      aProgress("b", 0n),
    ]);
  });

  it("raises the frontier beyond what was read, once for what lies before it, and never lowers it", async () => {
    const { store, faults, keeper } = await keeperOf(aProgress("a", 0n));
    const course = await keeper.open({ channel: "a", start: 0n, end: 9n }, never);
    await course.raiseFrontier(read(3n, 4n), never);
    await course.raiseFrontier(read(3n), never);
    await course.raiseFrontier(read(12n), never);
    assert.equal(faults.seen.filter((operation) => operation === "raiseFrontier").length, 1);
    assert.equal((await store.listProgress(ID))[0]?.frontier, 13n);
  });

  it("lets nobody go beyond a frontier before it is stored, however often that fails", async () => {
    using time = new VirtualTime();
    const { store, faults, keeper } = await keeperOf(aProgress("a", 0n));
    const course = await keeper.open({ channel: "a", start: 0n, end: 9n }, never);
    faults.reject("raiseFrontier", new CdcError("METASTORE_UNAVAILABLE", "disk full"), 3);
    let isRaised = false;
    const raising = course.raiseFrontier(read(3n, 4n), never).then(() => (isRaised = true));
    await time.settle();
    assert.equal(isRaised, false);
    await time.whenDone("it is raised", raising);
    assert.equal((await store.listProgress(ID))[0]?.frontier, 13n);
  });
});
