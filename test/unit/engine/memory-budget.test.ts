import assert from "node:assert/strict";
import { MemoryBudget, type MemoryShare } from "../../../src/engine/memory-budget.js";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";
import { CdcError } from "../../../src/model/errors.js";

/** Holds bytes in small steps until no more may be. */
function fill(share: MemoryShare): number {
  let bytes = 0;
  for (; !share.isSpent; bytes++) share.hold(1);
  return bytes;
}

describe("MemoryBudget", () => {
  it("gives one channel half, and leaves something to every other, however many are full", () => {
    const budget = new MemoryBudget(1_200);
    assert.equal(fill(budget.open()), 600);
    for (let i = 0; i < 5; i++) assert.ok(fill(budget.open()) >= 1);
    assert.ok(budget.held <= 1_200);
  });

  it("lets a channel that holds nothing read also when the others hold too much", () => {
    const budget = new MemoryBudget(100);
    const [greedy, other] = [budget.open(), budget.open()];
    greedy.hold(500);
    assert.ok(!other.isSpent);
    other.hold(1);
    assert.ok(other.isSpent);
    greedy.release(500);
    assert.ok(!other.isSpent);
  });

  it("releases a record once, whether it is let go or done", () => {
    const budget = new MemoryBudget(100);
    const share = budget.open();
    let done = 0;
    share.hold(30);
    const record = share.heldRecord({ done: () => done++ }, 30);
    record.letGo();
    assert.deepEqual([budget.held, done], [0, 0]);
    record.letGo();
    record.done();
    assert.deepEqual([budget.held, done], [0, 1]);
  });

  it("takes back all of a share that is closed, and nothing after that", () => {
    const budget = new MemoryBudget(100);
    const share = budget.open();
    share.hold(30);
    const record = share.heldRecord({ done: () => undefined }, 20);
    share.close();
    record.done();
    share.hold(10);
    assert.equal(budget.held, 0);
  });
});

describe("memory of a task", () => {
  const ROW_BYTES = 1 << 20;

  it("is bounded for all collections together when the target hangs, and given back", async () => {
    // GIVEN forty collections in two channels, and a target that takes no row
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const all = Array.from({ length: 40 }, (_, i) => h.source.create(`c${i}`, [`c${i % 2}`]));
    const held = all.map(({ name }) => h.faults.hold(`insert ${name.name}`));
    const run = h.start();
    // WHEN more is written than may be held
    for (let i = 0; i < 8; i++) {
      for (const collection of all) h.source.insert(collection, rows([i]), "_default", ROW_BYTES);
      h.source.flush();
    }
    for (let i = 0; i < 500; i++) await h.time.advance(10);
    // THEN reading stops at the budget, but for what one look at the log brought
    assert.ok(h.memory.held > h.memoryBytes / 2, `${h.memory.held} held`);
    assert.ok(h.memory.held < h.memoryBytes + 40 * ROW_BYTES, `${h.memory.held} held`);
    // and all of it arrives when the target goes on
    for (const one of held) one.release();
    await h.caughtUp();
    for (const { name } of all) assert.equal(h.target.rows(name.name).length, 8);
    assert.equal(h.memory.held, 0);
    await h.stop(run);
  });

  it("is given back by a collection that is blocked, though its records stay undone", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const bad = h.source.create("bad", ["c0"]);
    h.faults.reject("insert bad", new CdcError("TARGET_REJECTED", "no"));
    const run = h.start();
    for (let i = 0; i < 5; i++) h.source.insert(bad, rows([i]), "_default", ROW_BYTES);
    h.source.flush();
    await h.until("it is blocked", () => phaseOf(run.runner.observe(), "bad") === "blocked");
    for (let i = 5; i < 10; i++) h.source.insert(bad, rows([i]), "_default", ROW_BYTES);
    h.source.flush();
    await h.time.advance(2_000);
    assert.equal(h.memory.held, 0);
    await h.stop(run);
  });

  it("is given back when the task stops with records on their way", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    const held = h.faults.hold("insert");
    const run = h.start();
    h.source.insert(c, rows([1]), "_default", ROW_BYTES);
    h.source.flush();
    await h.time.whenDone("the target hangs", held.arrived);
    assert.ok(h.memory.held >= ROW_BYTES);
    await h.stop(run);
    assert.equal(h.memory.held, 0);
  });

  it("lets more come than may be held, when only the tick behind it releases it", async () => {
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const both = h.source.create("both", ["c0", "c1"]);
    const run = h.start();
    for (let i = 0; i < 200; i++) h.source.insert(both, rows([i]), "_default", ROW_BYTES);
    h.source.flush();
    await h.caughtUp();
    assert.equal(h.target.rows("both").length, 200);
    assert.equal(h.memory.held, 0);
    await h.stop(run);
  });

  it("lets a barrier be reached whose other side lies behind what is full", async () => {
    // GIVEN a drop of a partition that one shard has come to, with more rows behind it than may be held
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const both = h.source.create("both", ["c0", "c1"]);
    const other = h.source.create("other", ["c0"]);
    h.source.insert(both, rows([1, 2]), "p");
    h.source.flush();
    const run = h.start();
    await h.caughtUp();
    h.source.dropPartition(both, "p");
    for (let i = 10; i < 100; i++) {
      h.source.insert(both, rows([i]), "_default", ROW_BYTES);
      h.source.insert(other, rows([i]), "_default", ROW_BYTES);
      if (i % 5 === 0) h.source.flush();
    }
    h.source.flush();
    // THEN both get over it
    await h.caughtUp();
    assert.equal(h.target.rows("both").length, 90);
    assert.equal(h.target.rows("other").length, 90);
    assert.equal(h.memory.held, 0);
    await h.stop(run);
  });
});
