import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { copied, filled, pagesRead, viewOf } from "../../support/engine-scenes.js";

/** A page of the fake source has two rows. */
const FIVE = [1, 2, 3, 4, 5] as const;

function snapshot(spec: Partial<TaskSpec> = {}, channels?: readonly string[]): EngineHarness {
  return new EngineHarness(channels, { start: { kind: "snapshot" }, ...spec });
}

describe("a snapshot of what changes its shape", () => {
  it("ends when the collection is dropped, and its successor's rows all come from the log", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    await h.createTask();
    const run = h.start();
    await h.flowing("it was read", () => pagesRead(h, "c") > 0);
    h.source.drop(c);
    h.source.insert(h.source.create("c", ["c0"]), rows([1], "second"));
    h.source.flush();
    await h.caughtUp();
    await h.flowing("the second one is there", () => h.target.rows("c").length > 0);
    await h.time.advance(6_000);
    assert.deepEqual(h.target.rows("c"), ["_default/1=second"]);
    assert.equal(run.runner.observe().collections.length, 1);
    assert.equal(run.runner.observe().retry, undefined);
    await h.stop(run);
  });

  it("ends when the collection is dropped while a page is read or waits for its turn", async () => {
    using h = snapshot({}, ["c0"]);
    for (const name of ["a", "b", "c", "d"]) filled(h, name, FIVE);
    const held = ["a", "b", "c"].map((name) => h.faults.hold(`read-page ${name}`));
    await h.createTask();
    const run = h.start();
    await h.flowing("three are read", () => ["a", "b", "c"].every((name) => pagesRead(h, name) > 0));
    for (const collection of [...h.source.collections.values()]) {
      if (["a", "d"].includes(collection.name.name)) h.source.drop(collection);
    }
    await h.flowing("d is gone", () => h.target.table("d") === undefined);
    for (const one of held) one.release();
    await copied(h, run, "b", "c");
    assert.deepEqual([...h.target.tables.keys()].sort(), ["default.b", "default.c"]);
    await h.stop(run);
  });

  it("leaves nothing to be shown when it is dropped while it cannot be read", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    await h.createTask();
    h.faults.reject("read-page", new CdcError("SOURCE_UNAVAILABLE", "still loading"), 100);
    const run = h.start();
    await h.flowing("it is shown", () => (run.runner.observe().retry?.attempts ?? 0) > 3);
    h.source.rename(c, "d");
    await h.flowing("it is renamed", () => viewOf(run, "d") !== undefined);
    await h.flowing("it is shown still", () => (run.runner.observe().retry?.attempts ?? 0) > 6);
    h.source.drop(c);
    await h.flowing("it is gone", () => run.runner.observe().collections.length === 0);
    assert.equal(run.runner.observe().retry, undefined);
    await h.stop(run);
  });

  it("gives its name free at once when it is dropped while a page is read that never comes", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    h.faults.hold("read-page c");
    await h.createTask();
    const run = h.start();
    await h.flowing("it is read", () => pagesRead(h, "c") > 0);
    h.source.drop(c);
    h.source.insert(h.source.create("c", ["c0"]), rows([1], "second"));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=second"]);
    await h.stop(run);
  });

  it("holds the rows of a partition's successor only, when it is made anew meanwhile", async () => {
    for (const isLate of [false, true]) {
      using h = snapshot();
      const c = filled(h, "c", FIVE);
      h.source.insert(c, rows([11, 12, 13, 14, 15], "old"), "p");
      h.source.flush();
      await h.createTask();
      const run = h.start();
      await h.flowing("some of it is there", () => h.target.rows("c").some((row) => row.startsWith("p/")));
      h.source.dropPartition(c, "p", isLate);
      h.source.insert(c, rows([12, 13], "new"), "p");
      h.source.flush();
      await copied(h, run, "c");
      await h.caughtUp();
      assert.deepEqual(h.target.rows("c"), h.source.rows("c"), `${isLate}`);
      await h.stop(run);
    }
  });

  it("does not mistake a page of a dropped partition for one of its successor", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1]);
    h.source.insert(c, rows([11], "old"), "p");
    h.source.flush();
    await h.createTask();
    const run = h.start();
    await h.flowing("both were read", () => pagesRead(h, "c") === 2);
    await h.time.settle();
    h.source.dropPartition(c, "p", true);
    h.source.insert(c, rows([12], "new"), "p");
    h.source.flush();
    await copied(h, run, "c");
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1", "p/12=new"]);
    await h.stop(run);
  });

  it("does not bring back a partition that was dropped after its page was read", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1]);
    h.source.insert(c, rows([2]), "p");
    h.source.flush();
    await h.createTask();
    const run = h.start();
    await h.flowing("both were read", () => pagesRead(h, "c") === 2);
    await h.time.settle();
    h.source.dropPartition(c, "p");
    h.source.flush();
    await copied(h, run, "c");
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    await h.stop(run);
  });
});
