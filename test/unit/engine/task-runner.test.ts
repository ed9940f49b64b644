import assert from "node:assert/strict";
import { skipped } from "../../../src/model/skipped.js";
import { CdcError } from "../../../src/model/errors.js";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";

describe("TaskRunner", () => {
  it("applies the rows of each shard in the order of their timestamps", async () => {
    // GIVEN writes on few keys that are logged out of order
    using h = new EngineHarness();
    await h.createTask();
    const c = h.source.create("c", ["c0", "c1"]);
    for (let i = 0; i < 5; i++) {
      h.source.insert(c, rows([1, 2], `first ${i}`));
      h.source.upsert(c, rows([1], `second ${i}`));
      h.source.delete(c, i < 4 ? [1n, 2n] : [2n]);
    }
    for (const channel of ["c0", "c1"]) {
      h.source.logSome(channel, (count) => Array.from({ length: count }, (_, i) => count - 1 - i));
      h.source.tick(channel);
    }
    // WHEN they are replicated
    const run = h.start();
    await h.caughtUp();
    // THEN the target holds what the source holds, each row once
    assert.deepEqual(h.source.rows("c"), ["_default/1=second 4"]);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
  });

  it("repeats an insert whose answer was lost as an upsert, so that no row is doubled", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1, 2]));
    h.source.flush();
    h.faults.loseAnswer("insert");
    const run = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.writes, ["insert c 1=v1,2=v2", "upsert c 1=v1,2=v2"]);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
  });

  it("remembers the frontier before it sends the first record beyond it", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    const save = h.faults.hold("raiseFrontier");
    const run = h.start();
    await h.time.whenDone("the frontier is being saved", save.arrived);
    await h.time.advance(10_000);
    assert.deepEqual(h.target.writes, []);
    save.release();
    await h.caughtUp();
    assert.ok((await h.progress("c0"))!.frontier >= 2n);
    await h.stop(run);
  });

  it("upserts what may have been sent before a crash, and inserts what was not", async () => {
    // GIVEN a run that dies with a frontier beyond its checkpoint
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.insert(c, rows([1]));
    h.source.flush();
    const held = h.faults.hold("insert");
    const first = h.start();
    await h.time.whenDone("the row is being sent", held.arrived);
    h.time.clear();
    const { checkpoint, frontier } = (await h.progress("c0"))!;
    assert.ok(checkpoint <= 1n && frontier >= 2n);
    // WHEN another run takes over, and reads a row beyond it
    for (let offset = 0n; offset < frontier; offset++) h.source.tick("c0");
    h.source.insert(c, rows([2]));
    h.source.flush();
    const second = h.start();
    await h.caughtUp();
    // THEN only what lay before the frontier is an upsert
    assert.deepEqual(h.target.writes, ["upsert c 1=v1", "insert c 2=v2"]);
    await h.stop(second);
    first.runner.stop(0);
  });

  it("makes nothing of a creation that never happened", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.log.append("c0", { kind: "create-collection", ts: h.source.nextTs(), collectionId: 77n });
    h.source.tick("c0");
    const run = h.start();
    await h.time.advance(20_000);
    assert.equal(h.target.tables.size, 0);
    assert.ok(!h.faults.seen.some((operation) => operation.startsWith("openCollection")));
    await h.stop(run);
  });

  it("lets rows go whose collection is gone", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const gone = h.source.create("gone", ["c0"]);
    h.source.insert(gone, rows([1]));
    h.source.drop(gone);
    h.source.insert(h.source.create("kept", ["c0"]), rows([2]));
    h.source.flush();
    const run = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.writes, ["insert kept 2=v2"]);
    await h.stop(run);
  });

  it("replicates only what is selected, under its mapped name", async () => {
    const nameMappings = [{ sourceDatabase: "default", targetDatabase: "copy", collections: { a: "b" } }];
    using h = new EngineHarness(["c0"], { collections: ["a"], nameMappings });
    await h.createTask();
    h.source.insert(h.source.create("a", ["c0"]), rows([1]));
    h.source.insert(h.source.create("other", ["c0"]), rows([2]));
    h.source.flush();
    const run = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("b", "copy"), ["_default/1=v1"]);
    assert.deepEqual([...h.target.tables.keys()], ["copy.b"]);
    await h.stop(run);
  });

  it("finds rows of a collection that is renamed while it is first looked at", async () => {
    // GIVEN a collection that has another name when it is described than when it was listed
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    await h.time.settle();
    const c = h.source.create("old", ["c0"]);
    const described = h.faults.hold("describe");
    await h.time.whenDone("it is described", described.arrived);
    // WHEN it is renamed and written to just then
    c.name = { database: "default", name: "new" };
    h.source.insert(c, rows([1]));
    h.source.flush();
    described.release();
    // THEN its rows arrive
    await h.caughtUp();
    assert.deepEqual(h.target.rows("new"), ["_default/1=v1"]);
    await h.stop(run);
  });

  it("does not take a collection for another one of its name that was made while it was looked at", async () => {
    // GIVEN a collection that is being described
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    await h.time.settle();
    const first = h.source.create("c", ["c0"]);
    const described = h.faults.hold("describe");
    await h.time.whenDone("it is described", described.arrived);
    // WHEN it is dropped and made anew just then
    h.source.drop(first);
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    described.release();
    // THEN the new one is replicated, and it alone
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    assert.equal(run.runner.observe().collections.length, 1);
    await h.stop(run);
  });

  it("stops reading a channel whose collection is full, and no other, and goes on later", async () => {
    // GIVEN a target that takes nothing of one collection
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const slow = h.source.create("slow", ["c0"]);
    const other = h.source.create("other", ["c1"]);
    const held = h.faults.hold("insert slow");
    const run = h.start();
    // WHEN much more is written to it than may wait
    for (let i = 1; i <= 40; i++) {
      h.source.insert(slow, rows([i]), "_default", 5 << 20);
      h.source.insert(other, rows([i]));
      h.source.flush();
      await h.time.advance(10);
    }
    // THEN its frontier stays far behind, the other one flows, and later all is there
    const { frontier } = (await h.progress("c0"))!;
    assert.ok(frontier < 40n, `frontier ${frontier}`);
    assert.deepEqual(h.target.rows("other"), h.source.rows("other"));
    held.release();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("slow"), h.source.rows("slow"));
    await h.stop(run);
  });

  it("fails when the target refuses the credentials, and loses nothing by that", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    h.faults.reject("insert", new CdcError("TARGET_UNAUTHENTICATED", "wrong password"));
    h.faults.reject("upsert", new CdcError("TARGET_UNAUTHENTICATED", "wrong password"), 4);
    const first = h.start();
    await assert.rejects(h.time.whenDone("the run ends", first.ended), /wrong password/);
    assert.equal(h.openResources, 0);
    const second = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    await h.stop(second);
  });

  it("counts and names what it cannot replicate, and goes on", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.log.append("c0", { kind: "unsupported", ts: 1n, reason: skipped.bulkImport });
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    const run = h.start();
    await h.caughtUp();
    assert.deepEqual(run.runner.observe().skipped, [{ reason: skipped.bulkImport, records: 1n }]);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
  });

  it("ends within the grace although the target hangs, and leaves nothing open", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    const held = h.faults.hold("insert");
    const run = h.start();
    await h.time.whenDone("the target hangs", held.arrived);
    const before = h.time.now;
    await h.stop(run, 800);
    assert.ok(h.time.now - before <= 900);
    assert.equal(h.openResources, 0);
    assert.equal(h.target.openClients, 0);
  });

  it("lets what is under way end within the grace, and remembers it", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    const held = h.faults.hold("insert");
    const run = h.start();
    await h.time.whenDone("the row is being sent", held.arrived);
    run.runner.stop(800);
    await h.time.advance(400);
    held.release();
    await h.time.whenDone("the run ends", run.ended);
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    assert.ok((await h.progress("c0"))!.checkpoint > 1n);
  });

  it("closes what it opened when the metastore fails at the start", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.faults.reject("listProgress", new CdcError("METASTORE_UNAVAILABLE", "disk full"));
    const run = h.start();
    await assert.rejects(h.time.whenDone("the run ends", run.ended), /disk full/);
    assert.equal(h.openResources, 0);
    assert.equal(h.target.openClients, 0);
  });

  it("shows the lag of the slowest collection, and what is retried", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.insert(h.source.create("c", ["c0"]), rows([1]));
    h.source.flush();
    h.faults.reject("insert", new CdcError("TARGET_UNAVAILABLE", "down"));
    h.faults.reject("upsert", new CdcError("TARGET_UNAVAILABLE", "down"), 2);
    const run = h.start();
    await h.until("it is retried twice", () => run.runner.observe().retry?.attempts === 2);
    assert.equal(run.runner.observe().status, "retrying");
    assert.equal(run.runner.observe().retry?.error.code, "TARGET_UNAVAILABLE");
    await h.caughtUp();
    assert.equal(run.runner.observe().retry, undefined);
    assert.equal(phaseOf(run.runner.observe(), "c"), "streaming");
    assert.ok(run.runner.observe().lagMs !== undefined);
    await h.stop(run);
  });
});
