import assert from "node:assert/strict";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";

describe("a dropped partition", () => {
  it("meets across channels: rows after it wait until every shard has come to it", async () => {
    // GIVEN a drop that is logged in one channel, and rows behind it
    using h = new EngineHarness();
    await h.createTask();
    const c = h.source.create("c", ["c0", "c1"]);
    h.source.insert(c, rows([1, 2], "old"), "p");
    h.source.dropPartition(c, "p");
    h.source.insert(c, rows([1, 2], "new"), "p");
    h.source.logSome("c0");
    h.source.tick("c0");
    const run = h.start();
    await h.until("the first shard stands at the drop", () => h.target.rows("c").length === 1);
    // WHEN the other channel is late
    await h.time.advance(2_000);
    const early = [...h.target.writes];
    h.source.flush();
    await h.caughtUp();
    // THEN nothing was dropped or written too early, and the new rows stay
    assert.deepEqual(early, ["insert c 2=old"]);
    assert.equal(h.target.writes.filter((write) => write.startsWith("drop-partition")).length, 1);
    assert.deepEqual(h.target.rows("c"), ["p/1=new", "p/2=new"]);
    await h.stop(run);
  });

  it("does not wait for a copy that was logged before the task began", async () => {
    // GIVEN a task that begins between the two copies of a drop
    using h = new EngineHarness();
    const c = h.source.create("c", ["c0", "c1"]);
    h.source.insert(c, rows([1, 2]), "p");
    h.source.dropPartition(c, "p");
    h.source.logSome("c0");
    await h.createTask();
    // WHEN the other channel's copy is read
    h.source.insert(c, rows([3, 4]), "q");
    h.source.flush();
    const run = h.start();
    // THEN it is carried out, and all goes on
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["q/3=v3", "q/4=v4"]);
    await h.stop(run);
  });

  it("is dropped once more when the answer was lost, and rows wait for that", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.dropPartition(c, "p");
    h.source.insert(c, rows([1]), "p");
    h.source.flush();
    h.faults.loseAnswer("dropPartition");
    const run = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.writes, ["drop-partition c p", "drop-partition c p", "insert c 1=v1"]);
    await h.stop(run);
  });
});

describe("a dropped collection", () => {
  it("ends with the last one's rows when its name is used ten times", async () => {
    using h = new EngineHarness();
    await h.createTask();
    const run = h.start();
    for (let i = 0; i < 10; i++) {
      const c = h.source.create("c", i % 2 === 0 ? ["c0", "c1"] : ["c1"]);
      h.source.insert(c, rows([1, 2, i + 10], `life ${i}`));
      h.source.flush();
      await h.time.advance(i * 7);
      if (i < 9) h.source.drop(c);
    }
    h.source.flush();
    await h.caughtUp();
    await h.until("the last drop was carried out", () => h.target.rows("c").includes("_default/1=life 9"));
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal((await h.store.listCollections(h.task.id)).length, 1);
    await h.stop(run);
  });

  it("needs no tick after it", async () => {
    using h = new EngineHarness();
    await h.createTask();
    const c = h.source.create("c", ["c0", "c1"]);
    const run = h.start();
    h.source.insert(c, rows([1]));
    h.source.flush();
    await h.caughtUp();
    h.source.drop(c);
    for (const channel of ["c0", "c1"]) h.source.logSome(channel);
    await h.caughtUp();
    assert.equal(h.target.table("c"), undefined);
    assert.deepEqual(await h.store.listCollections(h.task.id), []);
    await h.stop(run);
  });

  it("is dropped after a restart, though the source knows it no more", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.insert(c, rows([1]));
    h.source.flush();
    const first = h.start();
    await h.caughtUp();
    await h.stop(first);
    h.source.drop(c);
    h.source.flush();
    const second = h.start();
    await h.caughtUp();
    assert.equal(h.target.table("c"), undefined);
    await h.stop(second);
  });

  it("keeps its name until the drop is carried out, so that its successor starts empty", async () => {
    // GIVEN a collection whose drop hangs at the target
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const first = h.source.create("c", ["c0"]);
    h.source.insert(first, rows([1], "first"));
    h.source.flush();
    await h.caughtUp();
    const held = h.faults.hold("drop");
    h.source.drop(first);
    // WHEN it is made anew
    h.source.insert(h.source.create("c", ["c0"]), rows([1], "second"));
    h.source.flush();
    await h.time.whenDone("the drop is under way", held.arrived);
    await h.time.advance(5_000);
    // THEN the new one waits
    assert.deepEqual(h.target.rows("c"), ["_default/1=first"]);
    assert.ok(run.runner.observe().collections.some(({ phase }) => phase === "waiting"));
    held.release();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=second"]);
    assert.equal(phaseOf(run.runner.observe(), "c"), "streaming");
    await h.stop(run);
  });
});

describe("databases", () => {
  it("are made before their collections, and dropped with the source's when the task made them", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.target.databases.add("own");
    h.source.databases.add("db").add("own");
    const run = h.start();
    const c = h.source.create("c", ["c0"], "db");
    h.source.insert(c, rows([1]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c", "db"), ["_default/1=v1"]);
    h.source.drop(c);
    h.source.flush();
    await h.caughtUp();
    h.source.databases.delete("db");
    h.source.databases.delete("own");
    await h.until("it is gone", () => !h.target.databases.has("db"));
    await h.time.advance(10_000);
    assert.ok(h.target.databases.has("own"));
    await h.stop(run);
  });

  it("that the target does not let go keep nothing else from flowing", async () => {
    // GIVEN a database that the target refuses to drop
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.databases.add("db");
    const run = h.start();
    await h.until("it is made", () => h.target.databases.has("db"));
    h.faults.reject("dropDatabase", new Error("not empty"), 1_000);
    h.source.databases.delete("db");
    await h.time.advance(5_000);
    // WHEN a new collection is written to
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    // THEN its rows arrive
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    await h.stop(run);
  });
});
