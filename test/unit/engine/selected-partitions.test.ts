import assert from "node:assert/strict";
import type { TaskSpec } from "../../../src/model/task.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, rows, type Run } from "../../support/engine-harness.js";
import { copied, created, reasonOf, viewOf } from "../../support/engine-scenes.js";

const INDEX = { field: "vec", name: "vec", params: {} };

/** A task of the partitions `a` and those of 2026 of every collection. */
function harness(changes: Partial<TaskSpec> = {}): EngineHarness {
  const collections = [{ name: "*", partitions: ["a", "2026_*"] }];
  return new EngineHarness(["c0", "c1"], { collections, ...changes });
}

/** A loaded collection with rows in three partitions, of which the task has two. */
function spread(h: EngineHarness, name = "c"): FakeCollection {
  const c = h.source.create(name, ["c0", "c1"]);
  c.isLoaded = true;
  c.indexes = [INDEX];
  for (const partition of ["_default", "a", "b", "2026_01"])
    h.source.insert(c, rows([1, 2, 3], `in ${partition}`), partition);
  h.source.flush();
  return c;
}

/** What of a collection's rows the target is to have. */
function selected(h: EngineHarness, name = "c"): string[] {
  return h.source.rows(name).filter((row) => /^(a|2026_\d*)\//.test(row));
}

/** The task runs, with all of the log on the target. */
async function running(h: EngineHarness): Promise<Run> {
  await h.createTask();
  const run = h.start();
  await h.caughtUp();
  return run;
}

describe("a selection of partitions", () => {
  it("takes their rows from the log, and lets those of others go", async () => {
    using h = harness();
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), selected(h));
    h.source.upsert(c, rows([1, 9], "new"), "a");
    h.source.upsert(c, rows([2], "new"), "b");
    h.source.delete(c, [3n], "2026_01");
    h.source.insert(c, rows([5]), "2026_02");
    h.source.flush();
    await h.caughtUp();
    assert.equal(h.target.rows("c").length, 7);
    assert.deepEqual(h.target.rows("c"), selected(h));
    assert.deepEqual([...h.target.table("c")!.partitions.keys()].sort(), [
      "2026_01",
      "2026_02",
      "_default",
      "a",
    ]);
    await h.stop(run);
  });

  it("sends rows of others neither before their tick", async () => {
    using h = harness();
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    h.source.insert(c, rows([10, 11]), "b");
    h.source.insert(c, rows([20, 21]), "a");
    for (const channel of ["c0", "c1"]) h.source.logSome(channel);
    await h.until("the rows are there", () => h.target.rows("c").includes("a/20=v20"));
    assert.deepEqual(h.target.rows("c"), selected(h));
    await h.stop(run);
  });

  it("applies a delete of all partitions to them alone: the target's own rows may have the same keys", async () => {
    using h = harness();
    const own = h.target.make("c");
    for (const partition of ["_default", "own"]) own.rowsIn(partition).set(1n, ["own"]);
    const run = await running(h);
    const c = spread(h);
    h.source.delete(c, [1n]);
    h.source.flush();
    await h.caughtUp();
    const mine = ["_default/1=own", "own/1=own"];
    assert.deepEqual(h.target.rows("c"), [...selected(h), ...mine].sort());
    await h.stop(run);
  });

  it("drops them with the source's, and no other of the same name", async () => {
    using h = harness();
    h.target.make("c").rowsIn("b").set(7n, ["own"]);
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    h.source.dropPartition(c, "b");
    h.source.dropPartition(c, "a");
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), [...selected(h), "b/7=own"].sort());
    assert.ok(h.target.rows("c").length > 1);
    assert.ok(!h.target.table("c")!.partitions.has("a"));
    await h.stop(run);
  });

  it("keeps the structure of them alone equal, and loads no other", async () => {
    using h = harness();
    const own = h.target.make("c");
    own.rowsIn("own");
    const run = await running(h);
    const c = spread(h);
    h.source.insert(c, rows([1]), "2026_03");
    h.source.flush();
    await h.until("they are loaded", () => h.target.table("c")?.loaded.has("2026_03") === true, 20_000);
    const { loaded, partitions, indexes } = h.target.table("c")!;
    assert.deepEqual([...loaded].sort(), ["2026_01", "2026_03", "a"]);
    assert.deepEqual([...partitions.keys()].sort(), ["2026_01", "2026_03", "_default", "a", "own"]);
    assert.deepEqual(indexes, [INDEX]);
    // WHEN one of the target's own is loaded, and the source is released
    loaded.add("own");
    c.isLoaded = false;
    await h.until("they are released", () => !h.target.table("c")!.loaded.has("a"), 20_000);
    assert.deepEqual([...h.target.table("c")!.loaded], ["own"]);
    await h.stop(run);
  });

  it("copies their existing rows alone", async () => {
    using h = harness({ start: { kind: "snapshot" } });
    const c = spread(h);
    await h.createTask();
    const run = h.start();
    await copied(h, run, "c");
    const [remembered] = await h.store.listCollections(h.task.id);
    assert.equal(remembered?.copy?.totalRows, 6n);
    assert.deepEqual(h.target.rows("c"), selected(h));
    h.source.import(c, rows([30]), "b");
    h.source.import(c, rows([31]), "a");
    const healed = run.runner.observe().healed;
    await h.flowing("the import is copied", () => h.target.rows("c").includes("a/31=v31"));
    await copied(h, run, "c");
    assert.deepEqual(h.target.rows("c"), selected(h));
    assert.equal(run.runner.observe().healed - healed, 1n);
    await h.stop(run);
  });

  it("leaves the target's collection, with what is its own, when the source's is dropped", async () => {
    using h = harness();
    const own = h.target.make("c");
    own.rowsIn("own").set(1n, ["own"]);
    own.rowsIn("_default").set(1n, ["own"]);
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    h.source.drop(c);
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=own", "own/1=own"]);
    // and a successor of the name finds its place
    spread(h);
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), [...selected(h), "_default/1=own", "own/1=own"].sort());
    await h.stop(run);
  });

  it("leaves its database as well, and has no trouble with it", async () => {
    using h = harness();
    const run = await running(h);
    h.source.databases.add("db");
    const c = h.source.create("c", ["c0"], "db");
    h.source.insert(c, rows([1]), "a");
    h.source.flush();
    await h.until("the row is there", () => h.target.rows("c", "db").length === 1, 20_000);
    h.source.drop(c);
    h.source.databases.delete("db");
    h.source.flush();
    await h.caughtUp();
    await h.time.advance(30_000);
    assert.deepEqual([...h.target.table("c", "db")!.partitions.keys()], ["_default"]);
    assert.ok(h.target.databases.has("db"));
    assert.equal(run.runner.observe().retry, undefined);
    // until nothing is in it any more
    h.target.tables.delete("db.c");
    await h.until("it is dropped", () => !h.target.databases.has("db"), 20_000);
    await h.stop(run);
  });

  it("drops the target's collection where every partition is selected", async () => {
    using h = harness({ collections: [{ name: "*", partitions: ["a", "_*"] }] });
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    assert.equal(h.target.rows("c").length, 6);
    h.source.drop(c);
    h.source.flush();
    await h.caughtUp();
    assert.equal(h.target.table("c"), undefined);
    await h.stop(run);
  });

  it("stays with a collection when it is renamed, and over a restart", async () => {
    using h = harness({ collections: [{ name: "c", partitions: ["a"] }, "d"] });
    const run = await running(h);
    const c = spread(h);
    await h.caughtUp();
    h.source.rename(c, "d");
    await h.until("it is renamed", () => h.target.table("d") !== undefined, 20_000);
    await h.stop(run);
    const again = h.start();
    h.source.insert(c, rows([40, 41]), "b");
    h.source.insert(c, rows([40, 41]), "a");
    h.source.flush();
    await h.caughtUp();
    const wanted = h.source.rows("d").filter((row) => row.startsWith("a/"));
    assert.equal(wanted.length, 5);
    assert.deepEqual(h.target.rows("d"), wanted);
    await h.stop(again);
  });

  it("blocks a collection with a partition key alone, and says what to do", async () => {
    using h = harness();
    const run = await running(h);
    const keyed = h.source.create("keyed", ["c0"]);
    keyed.hasPartitionKey = true;
    h.source.insert(keyed, rows([1]), "_default_0");
    created(h, "other");
    const c = spread(h);
    await h.until("the others flow", () => h.target.rows("c").length === 6);
    assert.equal(viewOf(run, "keyed")?.phase, "blocked");
    assert.match(
      reasonOf(run, "keyed") ?? "",
      /^PARTITIONS_NOT_SELECTABLE: default\.keyed has a partition key.*`exclude_collections`/,
    );
    assert.equal(h.target.table("keyed"), undefined);
    assert.deepEqual(h.target.rows("c"), selected(h, c.name.name));
    await h.stop(run);
  });

  it("takes a collection with a partition key where all partitions are asked for", async () => {
    using h = harness({ collections: [{ name: "*", partitions: ["a", "*"] }] });
    const run = await running(h);
    const keyed = h.source.create("keyed", ["c0"]);
    keyed.hasPartitionKey = true;
    h.source.insert(keyed, rows([1]), "_default_0");
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("keyed"), h.source.rows("keyed"));
    await h.stop(run);
  });
});
