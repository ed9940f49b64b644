import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";
import { created, reasonOf, tables } from "../../support/engine-scenes.js";

/** A new name is seen within this time. */
const SEEN_MS = 4_000;

/** Renames a collection to `d`, and sees that the target follows with what is written then. */
async function becomesD(h: EngineHarness, c: FakeCollection): Promise<void> {
  h.source.rename(c, "d");
  await h.until("it is renamed", () => h.target.table("d") !== undefined);
  h.source.insert(c, rows([2]));
  h.source.flush();
  await h.caughtUp();
  assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
}

describe("a renamed collection", () => {
  it("has its new name on the target too, while its rows flow", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    const held = h.faults.hold("rename");
    h.source.rename(c, "d");
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.time.whenDone("it is being renamed", held.arrived);
    h.source.insert(c, rows([3]));
    h.source.flush();
    held.release();
    await h.caughtUp();
    h.source.insert(c, rows([4]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(tables(h), ["default.d"]);
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    assert.equal(phaseOf(run.runner.observe(), "d"), "streaming");
    // WHEN the old name is used again, it is another collection
    created(h, "c");
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
    assert.equal(h.target.rows("d").length, 4);
    await h.stop(run);
  });

  it("follows through many names, also back to its first one", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    for (const name of ["d", "e", "c", "f"]) {
      h.source.rename(c, name);
      await h.until(`it is ${name}`, () => h.target.table(name) !== undefined);
    }
    // and is not renamed to one that it has no more
    const held = h.faults.hold("hasCollection");
    h.source.rename(c, "g");
    await h.time.whenDone("it is being renamed", held.arrived);
    h.source.rename(c, "h");
    await h.time.advance(SEEN_MS);
    held.release();
    await h.until("it has its last name", () => h.target.table("h") !== undefined);
    assert.deepEqual(tables(h), ["default.h"]);
    assert.deepEqual(h.target.rows("h"), ["_default/1=of c"]);
    await h.stop(run);
  });

  it("follows the mapping of names, and into another database", async () => {
    const nameMappings = [
      { sourceDatabase: "default", targetDatabase: "copy", collections: { a: "x", b: "y" } },
    ];
    using h = new EngineHarness(["c0"], { nameMappings });
    await h.createTask();
    h.source.databases.add("db");
    const run = h.start();
    const c = created(h, "a");
    await h.caughtUp();
    assert.deepEqual(tables(h), ["copy.x"]);
    h.source.rename(c, "b");
    await h.until("it is y", () => h.target.table("y", "copy") !== undefined);
    h.source.rename(c, "c");
    await h.until("it is c", () => h.target.table("c", "copy") !== undefined);
    c.name = { database: "db", name: "c" };
    await h.until("it is in db", () => h.target.table("c", "db") !== undefined);
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(tables(h), ["db.c"]);
    assert.deepEqual(h.target.rows("c", "db"), h.source.rows("c", "db"));
    await h.stop(run);
  });

  it("follows into another database as soon as its aliases are gone on the target", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.source.databases.add("db");
    const run = h.start();
    const c = created(h, "c");
    c.aliases = ["alias"];
    await h.until("it has its alias", () => h.target.aliasesOf("c").length === 1);
    c.aliases = [];
    c.name = { database: "db", name: "c" };
    await h.until("it is in db", () => h.target.table("c", "db") !== undefined);
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c", "db"), h.source.rows("c", "db"));
    await h.stop(run);
  });

  it("keeps its name while a stranger has the new one on the target, and says so; its rows flow", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.target.make("d").rowsIn("_default").set(9n, ["own"]);
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.source.rename(c, "d");
    await h.until("it is told", () => reasonOf(run, "d") !== undefined);
    assert.match(
      reasonOf(run, "d")!,
      /^cannot be renamed to default.d on the target: a collection of this name/,
    );
    assert.equal(phaseOf(run.runner.observe(), "d"), "streaming");
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), h.source.rows("d"));
    assert.deepEqual(h.target.rows("d"), ["_default/9=own"]);
    h.target.tables.delete("default.d");
    await h.until("it is renamed", () => h.target.table("d") !== undefined);
    await h.time.settle();
    assert.equal(reasonOf(run, "d"), undefined);
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    await h.stop(run);
  });

  it("has nothing to say any more when its source is renamed back", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.target.make("d");
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.source.rename(c, "d");
    await h.until("it is told", () => reasonOf(run, "d") !== undefined);
    h.source.rename(c, "c");
    await h.until("it is over", () => phaseOf(run.runner.observe(), "c") !== undefined);
    await h.until("it is told no more", () => reasonOf(run, "c") === undefined);
    assert.deepEqual(tables(h), ["default.c", "default.d"]);
    await h.stop(run);
  });

  it("waits for a name that a blocked collection has, and says so; its rows flow", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const bad = created(h, "d");
    const c = created(h, "c");
    await h.caughtUp();
    h.faults.reject("insert d", new CdcError("TARGET_REJECTED", "no"));
    h.source.insert(bad, rows([2]));
    h.source.flush();
    await h.until("it is blocked", () => phaseOf(run.runner.observe(), "d") === "blocked");
    h.source.rename(bad, "e");
    h.source.rename(c, "d");
    await h.until("it is told", () => /another collection of the task/.test(reasonOf(run, "d") ?? ""));
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.until("its rows flow", () => h.target.rows("c").length === 2);
    // and all is well when the other one goes on
    await h.stop(run);
    const second = h.start();
    await h.caughtUp();
    await h.until("both have their names", () => h.target.rows("d")[0] === "_default/1=of c");
    await h.time.settle();
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    assert.deepEqual(h.target.rows("e"), h.source.rows("e"));
    assert.equal(reasonOf(second, "d"), undefined);
    await h.stop(second);
  });

  it("has its last name when it was renamed while it waited for its first one", async () => {
    // GIVEN a collection whose name a blocked one has on the target
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const bad = created(h, "d");
    await h.caughtUp();
    h.faults.reject("insert d", new CdcError("TARGET_REJECTED", "no"));
    h.source.insert(bad, rows([2]));
    h.source.flush();
    await h.until("it is blocked", () => phaseOf(run.runner.observe(), "d") === "blocked");
    h.source.rename(bad, "e");
    const c = created(h, "d");
    await h.until("it waits", () => phaseOf(run.runner.observe(), "d") === "waiting");
    await h.time.advance(1_000);
    // WHEN it gets another one
    h.source.rename(c, "f");
    // THEN its rows flow
    await h.until("it is there", () => h.target.rows("f").length === 1);
    await h.stop(run);
    const second = h.start();
    await h.caughtUp();
    await h.until("the other one has its name", () => h.target.rows("e").length === 2);
    assert.deepEqual(h.target.rows("f"), h.source.rows("f"));
    assert.deepEqual(tables(h), ["default.e", "default.f"]);
    await h.stop(second);
  });

  it("is done with when it is dropped while it waits for a name", async () => {
    for (const isRestarted of [false, true]) {
      // GIVEN a collection that waits for the name of another one, which keeps it
      using h = new EngineHarness(["c0", "c1"]);
      await h.createTask();
      let run = h.start();
      const a = created(h, "a");
      await h.caughtUp();
      const held = h.faults.hold("hasCollection z");
      h.source.rename(a, "z");
      const b = h.source.create("a", ["c0", "c1"]);
      h.source.insert(b, rows([1, 2]));
      h.source.flush();
      await h.time.whenDone("the one is being renamed", held.arrived);
      await h.until("the other one waits", () => phaseOf(run.runner.observe(), "a") === "waiting");
      if (isRestarted) await h.stop(run);
      // WHEN the one gets its name back, and the other one goes
      h.source.drop(b);
      h.source.rename(a, "a");
      if (isRestarted) run = h.start();
      else held.release();
      h.source.flush();
      // THEN nothing is left of it
      await h.caughtUp();
      await h.until("the one has its name", () => tables(h).join() === "default.a");
      assert.deepEqual(h.target.rows("a"), ["_default/1=of a"]);
      assert.equal(run.runner.observe().collections.length, 1);
      assert.equal((await h.store.listCollections(h.task.id)).length, 1);
      await h.stop(run);
    }
  });

  it("fails the task when the target refuses the credentials, and the next run ends the rename", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const first = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.faults.reject("rename", new CdcError("TARGET_UNAUTHENTICATED", "wrong password"), 5);
    h.source.rename(c, "d");
    await assert.rejects(h.time.whenDone("the run ends", first.ended), /wrong password/);
    const second = h.start();
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(tables(h), ["default.d"]);
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    await h.stop(second);
  });

  for (const code of ["TARGET_REJECTED", "TARGET_NOT_READY"] as const) {
    it(`goes on with its rows when the target refuses the rename as ${code}, and tries it again`, async () => {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const run = h.start();
      const c = created(h, "c");
      await h.caughtUp();
      h.faults.reject("rename", new CdcError(code, "not this one"), 3);
      h.source.rename(c, "d");
      await h.until("it is told", () => /not this one/.test(reasonOf(run, "d") ?? ""));
      h.source.insert(c, rows([2]));
      h.source.flush();
      await h.caughtUp();
      assert.deepEqual(h.target.rows("c"), h.source.rows("d"));
      const [stored] = await h.store.listCollections(h.task.id);
      assert.deepEqual([stored?.target.name, stored?.formerTarget], ["c", undefined]);
      await h.until("it is renamed", () => h.target.table("d") !== undefined);
      assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
      await h.stop(run);
    });
  }

  it("is renamed once when the answer is lost", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.faults.loseAnswer("rename");
    await becomesD(h, c);
    assert.deepEqual(tables(h), ["default.d"]);
    await h.stop(run);
  });

  it("is taken for renamed when the repetition of a lost answer is refused", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.faults.loseAnswer("rename");
    h.faults.reject("rename", new CdcError("TARGET_REJECTED", "c is not there"));
    await becomesD(h, c);
    assert.equal(reasonOf(run, "d"), undefined);
    await h.stop(run);
  });

  it("is dropped under its last name when it is dropped while it is renamed", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    const held = h.faults.hold("rename");
    h.source.rename(c, "d");
    await h.time.whenDone("it is being renamed", held.arrived);
    h.source.drop(c);
    h.source.flush();
    created(h, "c");
    created(h, "d");
    await h.time.advance(1_000);
    held.release();
    await h.caughtUp();
    await h.until("both are new", () => tables(h).length === 2);
    assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
    assert.deepEqual(h.target.rows("d"), ["_default/1=of d"]);
    await h.stop(run);
  });
});
