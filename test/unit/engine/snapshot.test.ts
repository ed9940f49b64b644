import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import type { CollectionView } from "../../../src/engine/task-view.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, phaseOf, rows, type Run } from "../../support/engine-harness.js";

/** A page of the fake source has two rows. */
const FIVE = [1, 2, 3, 4, 5] as const;
const TWENTY = Array.from({ length: 20 }, (_, i) => i + 1);
const NOT_LOADED = new CdcError("SOURCE_NOT_LOADED", "it has no index");

function snapshot(spec: Partial<TaskSpec> = {}, channels?: readonly string[]): EngineHarness {
  return new EngineHarness(channels, { start: { kind: "snapshot" }, ...spec });
}

/** A collection that is loaded, with rows in its default partition, all of them older than the task. */
function filled(h: EngineHarness, name: string, keys: readonly number[] = FIVE): FakeCollection {
  const c = h.source.create(
    name,
    h.source.log.ranges().map(({ channel }) => channel),
  );
  c.isLoaded = true;
  h.source.insert(c, rows(keys));
  h.source.flush();
  return c;
}

function viewOf({ runner }: Run, name: string): CollectionView | undefined {
  return runner.observe().collections.find(({ collection }) => collection.source.name === name);
}

function copied(h: EngineHarness, run: Run, ...names: readonly string[]): Promise<void> {
  return h.flowing(`${names.join()} copied`, () =>
    names.every((name) => {
      const view = viewOf(run, name);
      return view !== undefined && view.phase === "streaming" && view.copy === undefined;
    }),
  );
}

function pagesRead(h: EngineHarness, name: string): number {
  return h.faults.seen.filter((operation) => operation === `read-page ${name}`).length;
}

describe("a snapshot", () => {
  it("copies the rows that are there, of every partition, and then what is written flows", async () => {
    using h = snapshot();
    const c = filled(h, "c");
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

  it("takes nothing of the log for a collection that was made after the task", async () => {
    using h = snapshot({}, ["c0"]);
    await h.createTask();
    const run = h.start();
    filled(h, "c");
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
      filled(h, name);
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
    const c = filled(h, "c");
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
    for (const name of ["a", "b", "c", "d"]) filled(h, name);
    const held = ["a", "b", "c"].map((name) => h.faults.hold(`read-page ${name}`));
    await h.createTask();
    const run = h.start();
    await h.flowing("three are read", () => ["a", "b", "c"].every((name) => pagesRead(h, name) > 0));
    for (const collection of [...h.source.collections.values()]) {
      if (["a", "d"].includes(collection.name.name)) h.source.drop(collection);
    }
    await h.flowing("d is gone", () => h.target.table("d") === undefined);
    for (const { release } of held) release();
    await copied(h, run, "b", "c");
    assert.deepEqual([...h.target.tables.keys()].sort(), ["default.b", "default.c"]);
    await h.stop(run);
  });

  it("holds the rows of a partition's successor only, when it is made anew meanwhile", async () => {
    for (const isLate of [false, true]) {
      using h = snapshot();
      const c = filled(h, "c");
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

describe("a snapshot of a collection that is not loaded", () => {
  it("loads it for the copy, and releases it after; the target is not loaded with it", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c");
    c.isLoaded = false;
    await h.createTask();
    const run = h.start();
    await h.flowing("it is loaded", () => c.isLoaded);
    await copied(h, run, "c");
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal(c.isLoaded, false);
    assert.ok(!h.faults.seen.includes("load c"));
    assert.deepEqual(viewOf(run, "c")?.collection.copy?.loadedPartitions, []);
    await h.stop(run);
  });

  it("releases it also when the process dies in between", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c");
    c.isLoaded = false;
    await h.createTask();
    // GIVEN a process that dies as soon as it has loaded it
    let isDead = false;
    const first = h.start(async (operation, apply) => {
      if (isDead) return new Promise(() => undefined);
      const answer = await apply();
      isDead ||= operation.startsWith("load-source");
      return isDead ? new Promise(() => undefined) : answer;
    });
    await h.flowing("it is loaded", () => isDead);
    assert.ok(c.isLoaded);
    h.time.clear();
    // WHEN another one takes over
    const second = h.start();
    await copied(h, second, "c");
    // THEN
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal(c.isLoaded, false);
    await h.stop(second);
    first.runner.stop(0);
  });

  it("leaves it loaded when it was loaded by others", async () => {
    // GIVEN one that cannot be loaded at first
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c");
    c.isLoaded = false;
    await h.createTask();
    h.faults.reject("load-source", NOT_LOADED);
    const run = h.start();
    await h.flowing("it is told", () => viewOf(run, "c")?.phase === "blocked");
    // WHEN its owner makes an index and loads it
    c.isLoaded = true;
    await copied(h, run, "c");
    // THEN it stays so
    assert.equal(c.isLoaded, true);
    await h.flowing("the target is loaded too", () => h.target.table("c")!.isLoaded);
    await h.stop(run);
  });

  it("releases it although it is renamed at that moment", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c");
    c.isLoaded = false;
    await h.createTask();
    const held = h.faults.hold("release-source");
    const run = h.start();
    let isHeld = false;
    void held.arrived.then(() => (isHeld = true));
    await h.flowing("all is copied", () => isHeld);
    h.source.rename(c, "next");
    held.release();
    await copied(h, run, "next");
    assert.equal(c.isLoaded, false);
    await h.stop(run);
  });

  it("that must not be loaded shows why nothing is copied, while its stream and other copies go on", async () => {
    using h = snapshot({ loadForSnapshot: false }, ["c0"]);
    const blocked = Array.from({ length: 4 }, (_, i) => {
      const c = filled(h, `blocked${i}`, TWENTY);
      c.isLoaded = false;
      return c;
    });
    filled(h, "other");
    await h.createTask();
    const run = h.start();
    await copied(h, run, "other");
    await h.flowing("all are told", () =>
      blocked.every(({ name }) => viewOf(run, name.name)?.phase === "blocked"),
    );
    const [c] = blocked as [FakeCollection];
    assert.match(viewOf(run, "blocked0")?.reason ?? "", /^SOURCE_NOT_LOADED: blocked0 is not loaded\. Load/);
    h.source.insert(c, rows([30]));
    h.source.upsert(c, rows([1], "changed"));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("blocked0"), ["_default/1=changed", "_default/30=v30"]);
    assert.ok(!h.faults.seen.some((operation) => operation.startsWith("load-source")));
    // and goes on by itself when it is loaded
    c.isLoaded = true;
    await h.flowing("some of it is there", () => (viewOf(run, "blocked0")?.copy?.copiedRows ?? 0n) > 0n);
    const { phase, reason } = viewOf(run, "blocked0")!;
    assert.deepEqual([phase, reason], ["snapshot", undefined]);
    await copied(h, run, "blocked0");
    assert.deepEqual(h.target.rows("blocked0"), h.source.rows("blocked0"));
    await h.stop(run);
  });
});
