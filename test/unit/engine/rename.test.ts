import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import type { Gate } from "../../support/engine-gate.js";
import { EngineHarness, phaseOf, rows, type Run } from "../../support/engine-harness.js";

/** A new name is seen within this time. */
const SEEN_MS = 4_000;

function reasonOf({ runner }: Run, name: string): string | undefined {
  return runner.observe().collections.find(({ collection }) => collection.source.name === name)?.reason;
}

/** A collection with one row, whose value is the collection's first name. */
function created(h: EngineHarness, name: string, database = "default"): FakeCollection {
  const c = h.source.create(name, ["c0"], database);
  h.source.insert(c, rows([1], `of ${name}`));
  h.source.flush();
  return c;
}

function tables(h: EngineHarness): readonly string[] {
  return [...h.target.tables.keys()].sort();
}

/** Dies after so many operations that pass the filter; that last one is done, or not. */
function dyingGate(matches: RegExp, isDone: boolean): { gate: Gate; isDead: () => boolean } {
  let isDead = false;
  const gate: Gate = async (operation, apply) => {
    if (isDead) return new Promise(() => undefined);
    if (!matches.test(operation)) return apply();
    isDead = true;
    if (isDone) await apply();
    return new Promise(() => undefined);
  };
  return { gate, isDead: () => isDead };
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
    h.source.rename(c, "d");
    await h.until("it is renamed", () => h.target.table("d") !== undefined);
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    assert.deepEqual(tables(h), ["default.d"]);
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

describe("collections that change names with each other", () => {
  for (const cycle of [
    ["a", "b"],
    ["a", "b", "c", "d"],
  ]) {
    it(`end with their own rows: ${cycle.join()}`, async () => {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const run = h.start();
      const all = cycle.map((name) => created(h, name));
      await h.caughtUp();
      const next = (i: number): string => cycle[(i + 1) % cycle.length]!;
      for (const [i, c] of all.entries()) h.source.rename(c, next(i));
      for (const c of all) h.source.insert(c, rows([2], `too of ${c.name.name}`));
      h.source.flush();
      const isOf = (name: string, first: string): boolean =>
        h.target.rows(name)[0] === `_default/1=of ${first}`;
      await h.until("all have their names", () => cycle.every((first, i) => isOf(next(i), first)));
      await h.caughtUp();
      for (const name of cycle) assert.deepEqual(h.target.rows(name), h.source.rows(name));
      assert.equal(tables(h).length, cycle.length);
      await h.stop(run);
    });
  }

  it("take no name from one that waits for a stranger to give its own free", async () => {
    // GIVEN a collection that cannot have its new name
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    h.target.make("z");
    const run = h.start();
    const a = created(h, "a");
    await h.caughtUp();
    h.source.rename(a, "z");
    await h.until("it is told", () => reasonOf(run, "z") !== undefined);
    // WHEN another one is made under the old name
    const b = created(h, "a");
    await h.caughtUp();
    // THEN its rows flow
    await h.until("the other one is there", () => h.target.rows("a")[0] === "_default/1=of a");
    h.source.insert(a, rows([2]));
    h.source.insert(b, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("a"), h.source.rows("a"));
    h.target.tables.delete("default.z");
    await h.until("it has its name", () => h.target.rows("z").length === 2);
    assert.equal(tables(h).length, 2);
    await h.stop(run);
  });

  it("go on with their rows when one cannot step aside", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const [a, b] = [created(h, "a"), created(h, "b")];
    await h.caughtUp();
    h.faults.reject("rename", new CdcError("TARGET_REJECTED", "a name that long"), 4);
    h.source.rename(a, "b");
    h.source.rename(b, "a");
    await h.until("it is told", () =>
      run.runner.observe().collections.some(({ reason }) => /a name that long/.test(reason ?? "")),
    );
    h.source.insert(a, rows([2]));
    h.source.insert(b, rows([2]));
    h.source.flush();
    await h.caughtUp();
    assert.equal(h.target.rows("a").length, 2);
    assert.equal(h.target.rows("b").length, 2);
    await h.until("both have their names", () => h.target.rows("a")[0] === "_default/1=of b");
    assert.deepEqual(h.target.rows("a"), h.source.rows("a"));
    assert.deepEqual(h.target.rows("b"), h.source.rows("b"));
    await h.stop(run);
  });
});

describe("a rename across the selection", () => {
  it("out of it changes nothing: what was replicated is still", async () => {
    using h = new EngineHarness(["c0"], { collections: ["c"] });
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.source.rename(c, "other");
    await h.until("it is renamed", () => h.target.table("other") !== undefined);
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    await h.stop(run);
    const second = h.start();
    h.source.insert(c, rows([3]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("other"), h.source.rows("other"));
    await h.stop(second);
  });

  for (const start of [{ kind: "latest" }, { kind: "snapshot" }, { kind: "time", ms: 0 }] as const) {
    for (const isRestarted of [false, true]) {
      const when = isRestarted ? ", also when the service was restarted in between" : "";
      it(`into it brings the rows that were let go before (${start.kind})${when}`, async () => {
        // GIVEN a collection that is not selected, and is written to
        using h = new EngineHarness(["c0"], { collections: ["c"], start });
        await h.createTask();
        let run = h.start();
        const c = created(h, "other");
        c.isLoaded = true;
        h.source.insert(c, rows([2, 3]));
        h.source.delete(c, [3n]);
        h.source.flush();
        await h.caughtUp();
        assert.deepEqual(tables(h), []);
        if (isRestarted) {
          await h.stop(run);
          run = h.start();
          await h.time.advance(SEEN_MS);
        }
        // WHEN it gets a name that is
        h.source.rename(c, "c");
        h.source.insert(c, rows([4]));
        h.source.flush();
        // THEN all of it is there
        await h.flowing("all is there", () => h.target.rows("c").length === 3);
        await h.caughtUp();
        assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
        await h.stop(run);
      });
    }
  }

  it("into it while the service is down brings the rows too", async () => {
    using h = new EngineHarness(["c0"], { collections: ["c"] });
    await h.createTask();
    const first = h.start();
    const c = created(h, "other");
    c.isLoaded = true;
    await h.caughtUp();
    await h.stop(first);
    h.source.rename(c, "c");
    const second = h.start();
    await h.flowing("all is there", () => h.target.rows("c").length === 1);
    await h.stop(second);
  });

  it("is no reason to read a collection whose every record is still to come", async () => {
    // GIVEN a collection that is made while the service is down, and is not loaded
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const first = h.start();
    created(h, "before");
    await h.caughtUp();
    await h.stop(first);
    created(h, "c");
    const second = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
    assert.ok(!h.faults.seen.some((operation) => operation.startsWith("partitions")));
    await h.stop(second);
  });
});

describe("a process that dies while it renames", () => {
  for (const { name, matches, isDone } of [
    { name: "before the target did it", matches: /^rename /, isDone: false },
    { name: "after the target did it", matches: /^rename /, isDone: true },
  ]) {
    it(`${name}: the next one ends it, and the old name is free for another`, async () => {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const { gate, isDead } = dyingGate(matches, isDone);
      const first = h.start(gate);
      const c = created(h, "c");
      await h.caughtUp();
      h.source.rename(c, "d");
      await h.until("it dies", isDead);
      h.time.clear();
      const second = h.start();
      h.source.insert(c, rows([2]));
      h.source.flush();
      await h.caughtUp();
      assert.deepEqual(tables(h), ["default.d"]);
      assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
      created(h, "c");
      await h.caughtUp();
      assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
      assert.equal(h.target.rows("d").length, 2);
      await h.stop(second);
      first.runner.stop(0);
    });
  }

  it("leaves the collection of a name with its owner, though another one waits for it", async () => {
    for (const isOlder of [false, true]) {
      // GIVEN a collection that is to give its name to another one, older or younger than itself
      using h = new EngineHarness(["c0"], { collections: ["a", "b"] });
      await h.createTask();
      const early = isOlder ? created(h, "z") : undefined;
      const { gate, isDead } = dyingGate(/^rename /, true);
      const first = h.start(gate);
      const a = created(h, "a");
      await h.caughtUp();
      h.source.rename(a, "b");
      if (early !== undefined) h.source.rename(early, "a");
      const other = early ?? created(h, "a");
      other.isLoaded = true;
      await h.until("it dies", isDead);
      await h.time.advance(500);
      h.time.clear();
      assert.equal((await h.store.listCollections(h.task.id)).length, 2);
      // WHEN the task goes on
      const second = h.start();
      h.source.insert(a, rows([2]));
      h.source.insert(other, rows([2]));
      await h.flowing("both are there", () => tables(h).length === 2 && h.target.rows("a").length === 2);
      await h.caughtUp();
      assert.deepEqual(h.target.rows("a"), h.source.rows("a"), `${isOlder}`);
      assert.deepEqual(h.target.rows("b"), h.source.rows("b"), `${isOlder}`);
      await h.stop(second);
      first.runner.stop(0);
    }
  });

  it("ends with every name in its place, wherever in a swap it dies, and dies again", async () => {
    for (let deaths = 0; deaths < 128; deaths++) {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const [a, b] = [created(h, "a"), created(h, "b")];
      const first = h.start();
      await h.caughtUp();
      await h.stop(first);
      h.source.rename(a, "b");
      h.source.rename(b, "a");
      for (let life = 0; life < 2; life++) {
        // only what changes something counts; the last one is done, or not
        let left = (deaths >> (3 * life + 1)) % 8;
        const gate: Gate = async (operation, apply) => {
          const isChange = /^(rename|saveCollection)/.test(operation);
          if (left < 0 || (isChange && --left < 0 && deaths % 2 === 0)) return new Promise(() => undefined);
          const answer = await apply();
          return left < 0 ? new Promise(() => undefined) : answer;
        };
        const run = h.start(gate);
        await h.time.advance(SEEN_MS);
        h.time.clear();
        run.runner.stop(0);
        h.time.clear();
      }
      const last = h.start();
      const c = created(h, "c");
      const isOf = (name: string, first: string): boolean =>
        h.target.rows(name)[0] === `_default/1=of ${first}`;
      await h.until(`both have their names, ${deaths}`, () => isOf("a", "b") && isOf("b", "a"));
      await h.caughtUp();
      assert.deepEqual(tables(h), ["default.a", "default.b", "default.c"]);
      assert.deepEqual(h.target.rows("c"), h.source.rows(c.name.name));
      await h.stop(last);
    }
  });
});
