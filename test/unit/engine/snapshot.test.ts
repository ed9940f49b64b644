import assert from "node:assert/strict";
import { skipped } from "../../../src/model/skipped.js";
import type { TaskSpec } from "../../../src/model/task.js";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";
import { copied, filled, pagesRead, viewOf } from "../../support/engine-scenes.js";

/** A page of the fake source has two rows. */
const FIVE = [1, 2, 3, 4, 5] as const;
const TWENTY = Array.from({ length: 20 }, (_, i) => i + 1);

function snapshot(spec: Partial<TaskSpec> = {}, channels?: readonly string[]): EngineHarness {
  return new EngineHarness(channels, { start: { kind: "snapshot" }, ...spec });
}

describe("a snapshot", () => {
  it("copies the rows that are there, of every partition, and then what is written flows", async () => {
    using h = snapshot();
    const c = filled(h, "c", FIVE);
    h.source.insert(c, rows([6, 7, 8]), "p");
    h.source.insert(filled(h, "other", [9]), rows([10]));
    h.source.flush();
    await h.createTask();
    const run = h.start();
    await h.until("it begins", () => phaseOf(run.runner.observe(), "c") === "snapshot");
    await copied(h, run, "c", "other");
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.deepEqual(h.target.rows("other"), h.source.rows("other"));
    // what may be there already is never inserted
    assert.ok(!h.target.writes.some((write) => write.startsWith("insert")));
    h.source.insert(c, rows([20]));
    h.source.delete(c, [1n]);
    h.source.flush();
    await h.caughtUp();
    assert.ok(h.target.writes.includes("insert c 20=v20"));
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
    assert.equal(h.openResources, 0);
  });

  it("says of rows that the source shows to nobody that they are missing", async () => {
    using h = snapshot();
    filled(h, "c", FIVE);
    h.source.hiddenRows = 2;
    h.source.flush();
    await h.createTask();
    const run = h.start();
    await copied(h, run, "c");
    const expected = [{ reason: skipped.hiddenRows, records: 2n }];
    assert.deepEqual(run.runner.observe().skipped, expected);
    assert.deepEqual(viewOf(run, "c")?.skipped, expected);
    await h.stop(run);
  });

  it("takes nothing of the log for a collection that was made after the task", async () => {
    using h = snapshot({}, ["c0"]);
    await h.createTask();
    const run = h.start();
    filled(h, "c", FIVE);
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal(pagesRead(h, "c"), 0);
    await h.stop(run);
  });

  it("lets the stream's word count for what was written after it was read", async () => {
    // GIVEN a page that was read, and waits for the stream to come up to it
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1, 2]);
    await h.createTask();
    const run = h.start();
    await h.flowing("it was read", () => pagesRead(h, "c") === 2);
    await h.time.settle();
    // WHEN one of its rows is changed, the other deleted
    h.source.upsert(c, rows([1], "changed"));
    h.source.delete(c, [2n]);
    await copied(h, run, "c");
    // THEN neither comes back as it was read
    assert.deepEqual(h.target.rows("c"), ["_default/1=changed"]);
    assert.ok(!h.target.writes.some((write) => write.includes("v1") || write.includes("v2")));
    await h.stop(run);
  });

  it("writes no page before every shard has come up to it", async () => {
    using h = snapshot();
    const c = filled(h, "c", [1, 2]);
    await h.createTask();
    const run = h.start();
    await h.flowing("it was read", () => pagesRead(h, "c") === 2);
    await h.time.settle();
    h.source.upsert(c, rows([1, 2], "changed"));
    h.source.logSome("c0");
    h.source.tick("c0");
    await h.time.advance(3_000);
    assert.deepEqual(h.target.rows("c"), ["_default/2=changed"]);
    h.source.logSome("c1");
    h.source.tick("c1");
    await copied(h, run, "c");
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
  });

  it("reads a page again that was overrun by more changes than can be remembered", async () => {
    // GIVEN a page that waits to be written
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1]);
    await h.createTask();
    const run = h.start();
    await h.flowing("it was read", () => pagesRead(h, "c") === 1);
    await h.time.settle();
    // WHEN a million keys are deleted
    h.source.upsert(c, rows([1], "changed"));
    h.source.delete(
      c,
      Array.from({ length: 1_000_001 }, (_, i) => BigInt(i + 100)),
    );
    await copied(h, run, "c");
    // THEN it is read once more
    assert.equal(pagesRead(h, "c"), 2);
    assert.deepEqual(h.target.rows("c"), ["_default/1=changed"]);
    await h.stop(run);
  });

  it("goes on after the last key that was written when the process dies, and reads nothing twice", async () => {
    using h = snapshot({}, ["c0"]);
    filled(h, "c", [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await h.createTask();
    // GIVEN a copy of which two pages are durable
    let reads = 0;
    const first = h.start(async (operation, apply) => {
      if (operation === "read-page c" && ++reads > 2) return new Promise(() => undefined);
      return apply();
    });
    await h.flowing("two pages are there", async () => {
      const [stored] = await h.store.listCollections(h.task.id);
      return stored?.copy?.copiedRows === 4n;
    });
    // WHEN the process dies
    h.time.clear();
    const second = h.start();
    await copied(h, second, "c");
    // THEN the other three are read, and no more
    assert.equal(pagesRead(h, "c"), 3);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal(viewOf(second, "c")?.collection.copy?.copiedRows, 9n);
    await h.stop(second);
    // and when all is copied, nothing is
    const third = h.start();
    await copied(h, third, "c");
    assert.equal(pagesRead(h, "c"), 3);
    await h.stop(third);
    first.runner.stop(0);
  });

  it("tells how far it has come, how fast it goes, and when it will end", async () => {
    using h = snapshot({}, ["c0"]);
    filled(h, "c", TWENTY);
    await h.createTask();
    const held = h.faults.hold("read-page c");
    const run = h.start();
    await h.flowing("it begins", () => h.faults.seen.includes("read-page c"));
    const unknown = { rowsPerSecond: 0, estimatedEndMs: undefined };
    assert.deepEqual(viewOf(run, "c")?.copy, { copiedRows: 0n, totalRows: 20n, ...unknown });
    held.release();
    await h.flowing("some pages are there", () => (viewOf(run, "c")?.copy?.copiedRows ?? 0n) >= 8n);
    await h.time.advance(100);
    const { phase, copy } = viewOf(run, "c")!;
    assert.equal(phase, "snapshot");
    assert.ok(copy!.copiedRows < 20n);
    assert.ok(copy!.rowsPerSecond > 0);
    const leftMs = (Number(copy!.totalRows! - copy!.copiedRows) / copy!.rowsPerSecond) * 1_000;
    assert.equal(copy!.estimatedEndMs, h.time.now + leftMs);
    await copied(h, run, "c");
    await h.stop(run);
  });

  it("copies three collections at a time, and the others after them", async () => {
    using h = snapshot({}, ["c0"]);
    const names = ["a", "b", "c", "d", "e"];
    const [first] = names.map((name) => {
      filled(h, name, FIVE);
      return h.faults.hold(`read-page ${name}`);
    });
    await h.createTask();
    const run = h.start();
    const begun = (): string[] => names.filter((name) => pagesRead(h, name) > 0);
    await h.flowing("three begin", () => begun().length === 3);
    await h.time.advance(10_000);
    assert.equal(begun().length, 3);
    assert.equal(begun()[0], "a");
    first?.release();
    await h.flowing("another one begins", () => begun().length === 4);
    assert.deepEqual(h.target.rows("a"), h.source.rows("a"));
    await h.stop(run);
  });

  it("takes a collection of the target as it is: its rows stay, and none of the source's is doubled", async () => {
    // GIVEN a target that has some of the source's rows, and one of its own
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1, 2]);
    await h.createTask();
    h.target.make("c").rowsIn("_default").set(1n, ["stale"]).set(3n, ["early"]).set(99n, ["own"]);
    // WHEN the source inserts one that is there
    const run = h.start();
    await copied(h, run, "c");
    h.source.insert(c, rows([3]));
    h.source.flush();
    await h.caughtUp();
    // THEN
    assert.deepEqual(h.target.rows("c"), [...h.source.rows("c"), "_default/99=own"]);
    // and so it is after a restart
    await h.stop(run);
    const second = h.start();
    h.target.table("c")!.rowsIn("_default").set(4n, ["early"]);
    h.source.insert(c, rows([4]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), [...h.source.rows("c"), "_default/99=own"]);
    await h.stop(second);
  });
});

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
