import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";

const MINUTE_MS = 60_000;
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

  it("says what the target refuses with what to do, tries it ever more seldom, and goes on with the rows", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.indexes = [INDEX];
    h.faults.reject("create-index", new CdcError("TARGET_NOT_READY", "invalid index type"), 1_000);
    const run = h.start();
    h.source.insert(c, rows([1]));
    h.source.flush();
    await h.caughtUp();
    const [view] = run.runner.observe().collections;
    assert.equal(view?.phase, "streaming");
    assert.match(view.reason ?? "", /create-index i of field v \(FLAT\) .*invalid index type\. Use an index/);
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    await h.time.advance(10 * MINUTE_MS);
    const tries = h.faults.seen.filter((operation) => operation === "create-index c").length;
    assert.ok(tries >= 8 && tries <= 16, `${tries} tries in ten minutes`);
    await h.stop(run);
  });

  it("makes up for what is lost on the target behind its back, and counts that alone", async () => {
    using h = new EngineHarness(["c0", "replicate-msg"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.indexes = [INDEX];
    const run = h.start();
    h.source.flush();
    await h.until("the index is there", () => h.target.table("c")?.indexes.length === 1);
    // GIVEN that a record of the log asks for a second index
    c.indexes = [INDEX, { field: "n", name: "n", params: {} }];
    const ts = h.source.nextTs();
    h.source.log.append("replicate-msg", { kind: "create-index", ts, database: "default", names: ["c"] });
    h.source.flush();
    await h.until("both are there", () => h.target.table("c")?.indexes.length === 2);
    assert.equal(run.runner.observe().healed, 0n);
    // WHEN one goes on the target
    h.target.table("c")!.indexes = [];
    // THEN it comes back
    await h.until("they are back", () => h.target.table("c")!.indexes.length === 2);
    assert.equal(run.runner.observe().healed, 2n);
    await h.stop(run);
  });

  it("leaves alone what only the target has, until it was the source's too", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    const run = h.start();
    await h.until("the collection is there", () => h.target.table("c") !== undefined);
    const table = h.target.table("c")!;
    table.indexes = [INDEX];
    table.properties = { ttl: "1" };
    h.target.aliases.set("default.own", table);
    await h.time.advance(MINUTE_MS);
    assert.deepEqual(
      [table.indexes, table.properties, h.target.aliasesOf("c")],
      [[INDEX], { ttl: "1" }, ["own"]],
    );
    // WHEN the source has the same, and drops it while nothing runs
    c.aliases = ["own"];
    c.indexes = [INDEX];
    await h.time.advance(10_000);
    await h.stop(run);
    c.aliases = [];
    c.indexes = [];
    const again = h.start();
    // THEN it goes
    await h.until("all is gone", () => table.indexes.length === 0 && h.target.aliasesOf("c").length === 0);
    // and is the target's own when it comes once more
    await h.time.advance(10_000);
    h.target.aliases.set("default.own", table);
    await h.time.advance(MINUTE_MS);
    assert.deepEqual(h.target.aliasesOf("c"), ["own"]);
    await h.stop(again);
  });

  it("remembers what it gives to the target before it does", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.create("c", ["c0"]).aliases = ["x"];
    const held = h.faults.hold("create-alias c");
    const run = h.start();
    await h.time.whenDone("the alias is on its way", held.arrived);
    const [remembered] = await h.store.listCollections(h.task.id);
    assert.deepEqual(remembered?.structure?.aliases, ["x"]);
    held.release();
    await h.stop(run);
  });

  it("moves aliases that two collections change with each other, with no moment without them", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const [a, b] = [h.source.create("a", ["c0"]), h.source.create("b", ["c0"])];
    [a.aliases, b.aliases] = [["blue", "x"], ["green"]];
    const run = h.start();
    await h.until("they are there", () => h.target.aliases.size === 3);
    [a.aliases, b.aliases] = [["green"], ["blue", "x"]];
    await h.until(
      "they are moved",
      () => h.target.aliasesOf("a").join() === "green" && h.target.aliasesOf("b").join() === "blue,x",
    );
    assert.ok(!h.faults.seen.some((operation) => operation.startsWith("drop-alias")));
    // dropped ones go
    a.aliases = [];
    await h.until("it is gone", () => h.target.aliases.size === 2);
    assert.deepEqual(h.target.aliasesOf("b"), ["blue", "x"]);
    await h.stop(run);
  });

  it("drops an alias that was moved to a collection that is not replicated", async () => {
    using h = new EngineHarness(["c0"], { collections: ["a"] });
    await h.createTask();
    const [a, b] = [h.source.create("a", ["c0"]), h.source.create("b", ["c0"])];
    a.aliases = ["x"];
    const run = h.start();
    await h.until("it is there", () => h.target.aliases.size === 1);
    [a.aliases, b.aliases] = [[], ["x"]];
    await h.until("it is gone", () => h.target.aliases.size === 0, MINUTE_MS);
    await h.stop(run);
  });

  it("gives the name of a dropped alias free at once for a collection", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const a = h.source.create("a", ["c0"]);
    a.aliases = ["x"];
    const run = h.start();
    await h.until("it is there", () => h.target.aliases.size === 1);
    a.aliases = [];
    h.source.create("x", ["c0"]);
    await h.until("it is gone", () => h.target.aliases.size === 0, 10_000);
    await h.stop(run);
  });

  it("follows properties, and says which ones the target cannot lose", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.properties = { "collection.ttl.seconds": "60", kept: "1" };
    const run = h.start();
    await h.until("they are there", () => h.target.table("c")?.properties["kept"] === "1");
    c.properties = { "collection.ttl.seconds": "90" };
    const { properties } = h.target.table("c")!;
    await h.until("the change is there", () => properties["collection.ttl.seconds"] === "90");
    assert.match(
      run.runner.observe().collections[0]?.reason ?? "",
      /drop-properties kept .*cannot be removed/,
    );
    await h.stop(run);
  });

  it("follows the loads of partitions", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    for (const partition of ["p", "q"]) c.partitions.set(partition, new Map());
    c.isLoaded = true;
    c.loadedPartitions = ["p"];
    const run = h.start();
    const loaded = (): string => [...(h.target.table("c")?.loaded ?? [])].sort().join();
    await h.until("one is loaded", () => loaded() === "p");
    c.loadedPartitions = ["q"];
    await h.until("another one is", () => loaded() === "q");
    delete c.loadedPartitions;
    await h.until("all are", () => loaded() === "_default,p,q");
    assert.ok(!h.faults.seen.includes("release c"));
    await h.stop(run);
  });

  it("does not follow loads that were made for the copy of rows alone", async () => {
    // GIVEN a collection that is loaded on the source to be read
    using h = new EngineHarness(["c0"], { start: { kind: "snapshot" } });
    const c = h.source.create("c", ["c0"]);
    h.source.insert(c, rows([1, 2]));
    h.source.flush();
    await h.createTask();
    const unread = h.faults.hold("read-page c");
    const held = h.faults.hold("read-page c");
    const run = h.start();
    await h.until("the target is there", () => h.target.table("c") !== undefined);
    unread.release();
    h.source.flush();
    await h.time.whenDone("it is being read", held.arrived);
    assert.ok(c.isLoaded);
    // WHEN it is compared
    await h.time.advance(MINUTE_MS);
    // THEN the target stays as it is
    assert.ok(!h.faults.seen.includes("load c"));
    held.release();
    await h.until("the rows are there", () => {
      h.source.flush();
      return h.target.rows("c").length === 2;
    });
    await h.time.advance(MINUTE_MS);
    assert.ok(!h.faults.seen.includes("load c"));
    await h.stop(run);
  });

  it("loads in as many replicas as the target can hold, and says when they are fewer", async () => {
    // GIVEN a target with too few nodes
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.isLoaded = true;
    c.replicas = 2;
    const run = h.start();
    await h.until("it is loaded", () => h.target.table("c")?.isLoaded === true);
    const table = h.target.table("c")!;
    const reason = (): string => run.runner.observe().collections[0]?.reason ?? "";
    const releases = (): number => h.faults.seen.filter((operation) => operation === "release c").length;
    await h.time.advance(10 * MINUTE_MS);
    assert.deepEqual([table.replicas, releases()], [1, 0]);
    assert.match(reason(), /2 replicas on the source, and 1 on the target.*Add query nodes/);
    // WHEN there is a second one THEN it is loaded again
    h.target.queryNodes = 2;
    await h.until("it has two replicas", () => table.isLoaded && table.replicas === 2, 10 * MINUTE_MS);
    assert.deepEqual([releases(), reason()], [1, ""]);
    // WHEN that is away THEN nothing is released
    h.target.queryNodes = 1;
    await h.time.advance(10 * MINUTE_MS);
    assert.deepEqual([releases(), table.isLoaded, table.replicas], [1, true, 2]);
    // WHEN the source has one only THEN so has the target
    c.replicas = 1;
    await h.until("it has one replica", () => table.isLoaded && table.replicas === 1, 10 * MINUTE_MS);
    await h.stop(run);
  });

  it("releases nothing while the source tells of fewer replicas for some minutes, or of none", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.isLoaded = true;
    c.replicas = 2;
    h.target.queryNodes = 2;
    const run = h.start();
    await h.until("it is loaded", () => h.target.table("c")?.replicas === 2);
    for (let minute = 0; minute < 12; minute++) {
      c.replicas = minute % 4 === 3 ? 2 : minute % 2;
      await h.time.advance(MINUTE_MS);
    }
    assert.ok(!h.faults.seen.includes("release c"));
    await h.stop(run);
  });

  it("loads one replica when the target refuses as many as it has nodes", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    c.isLoaded = true;
    c.replicas = 2;
    h.target.queryNodes = 2;
    h.faults.reject("load", new CdcError("TARGET_NOT_READY", "nodes not enough"));
    const run = h.start();
    await h.until("it is loaded", () => h.target.table("c")?.isLoaded === true);
    await h.time.advance(10 * MINUTE_MS);
    assert.equal(h.target.table("c")?.replicas, 1);
    assert.ok(!h.faults.seen.includes("release c"));
    // until it has other nodes
    h.target.queryNodes = 3;
    await h.until("it has two replicas", () => h.target.table("c")?.replicas === 2, 10 * MINUTE_MS);
    await h.stop(run);
  });

  it("says how the target differs for good", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.target.differences = ["the number of shards is 1, that of the source is 2"];
    h.source.create("c", ["c0"]);
    const run = h.start();
    const reason = (): string => run.runner.observe().collections[0]?.reason ?? "";
    await h.until("it is said", () => reason().includes("the number of shards is 1"));
    assert.match(reason(), /Rows flow all the same/);
    await h.stop(run);
  });
});
