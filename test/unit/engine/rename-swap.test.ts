import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { created, reasonOf, tables } from "../../support/engine-scenes.js";

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

  it("leave the name alone of one that is dropped meanwhile", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const run = h.start();
    const [a, b] = [created(h, "a"), created(h, "b")];
    await h.caughtUp();
    // GIVEN that one is about to step aside, and is just being dropped
    const asked = h.faults.hold(`hasCollection a_cdc_${a.id}`);
    const dropped = h.faults.hold("drop a");
    h.source.rename(a, "between");
    h.source.rename(b, "a");
    h.source.rename(a, "b");
    await h.time.whenDone("it is about to", asked.arrived);
    h.source.drop(a);
    h.source.flush();
    await h.time.whenDone("it is being dropped", dropped.arrived);
    // WHEN both go on
    asked.release();
    await h.time.advance(100);
    dropped.release();
    await h.until("the other one has its name", () => tables(h).join() === "default.a");
    // THEN that is not taken for the one that was dropped
    assert.ok(!h.faults.seen.includes("rename a"));
    await h.caughtUp();
    assert.deepEqual(h.target.rows("a"), h.source.rows("a"));
    await h.stop(run);
  });
});
