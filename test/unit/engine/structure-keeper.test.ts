import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";

const INDEX = { field: "v", name: "i", params: { index_type: "FLAT" } };

describe("the structure of a collection", () => {
  it("is brought over with the collection, and followed when it changes without a record", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.partitions.set("empty", new Map());
    c.indexes = [INDEX];
    c.isLoaded = true;
    const run = h.start();
    await h.until("it is loaded", () => h.target.table("c")?.isLoaded === true);
    const table = h.target.table("c")!;
    assert.deepEqual(table.indexes, [INDEX]);
    assert.ok(table.partitions.has("empty"));
    c.isLoaded = false;
    c.indexes = [];
    await h.until("it is released", () => !table.isLoaded && table.indexes.length === 0, 10_000);
    await h.stop(run);
  });

  it("is compared at a request once all shards have passed its time, and the request is done then", async () => {
    // GIVEN a request whose time one shard has not passed
    using h = new EngineHarness(["c0", "c1", "replicate-msg"]);
    await h.createTask();
    const c = h.source.create("c", ["c0", "c1"]);
    const run = h.start();
    h.source.flush();
    await h.caughtUp();
    const ts = h.source.nextTs();
    h.source.log.append("replicate-msg", { kind: "flush", ts, database: "default", names: ["c"] });
    h.source.tick("c0");
    await h.time.advance(2_000);
    assert.equal(h.target.table("c")?.flushes, 0);
    assert.equal((await h.progress("replicate-msg"))?.checkpoint, 0n);
    // WHEN it passes
    h.source.insert(c, rows([1, 2]));
    h.source.flush();
    // THEN it is carried out, after the rows
    await h.caughtUp();
    assert.equal(h.target.table("c")?.flushes, 1);
    await h.stop(run);
  });

  it("is compared for every collection of a database when a request names none", async () => {
    using h = new EngineHarness(["c0", "replicate-msg"]);
    await h.createTask();
    h.source.databases.add("db");
    for (const [name, database] of [
      ["a", "default"],
      ["b", "default"],
      ["c", "db"],
    ] as const) {
      h.source.create(name, ["c0"], database);
    }
    const run = h.start();
    h.source.flush();
    await h.caughtUp();
    const ts = h.source.nextTs();
    h.source.log.append("replicate-msg", { kind: "flush", ts, database: "default", names: [] });
    h.source.flush();
    await h.caughtUp();
    const flushes = [h.target.table("a"), h.target.table("b"), h.target.table("c", "db")].map(
      (t) => t?.flushes,
    );
    assert.deepEqual(flushes, [1, 1, 0]);
    await h.stop(run);
  });

  it("does not bring back a partition that was dropped while it was compared", async () => {
    // GIVEN a comparison that saw a partition, just before it was dropped
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.partitions.set("p", new Map());
    const held = h.faults.hold("structure c");
    const run = h.start();
    await h.time.whenDone("the target is being looked at", held.arrived);
    h.source.dropPartition(c, "p");
    h.source.flush();
    await h.until("the drop is carried out", () => h.target.writes.length > 0);
    // WHEN the comparison goes on
    held.release();
    await h.time.advance(100);
    // THEN the partition stays away
    assert.ok(!h.target.table("c")!.partitions.has("p"));
    await h.caughtUp();
    await h.stop(run);
  });

  it("says what the target refuses, and goes on with the rows", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.indexes = [INDEX];
    h.faults.reject("create-index", new CdcError("TARGET_REJECTED", "unknown index type"), 100);
    const run = h.start();
    h.source.insert(c, rows([1]));
    h.source.flush();
    await h.caughtUp();
    const [view] = run.runner.observe().collections;
    assert.equal(view?.phase, "streaming");
    assert.match(view.reason ?? "", /create-index .*unknown index type/);
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    await h.stop(run);
  });
});
