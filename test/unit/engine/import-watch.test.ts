import assert from "node:assert/strict";
import type { CollectionView } from "../../../src/engine/task-view.js";
import { CdcError } from "../../../src/model/errors.js";
import type { StartPosition } from "../../../src/model/start-position.js";
import type { TaskSpec } from "../../../src/model/task.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, rows, type Run } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

/** More than the time between two looks for imports. */
const SOME_LOOKS_MS = 16_000;
const SNAPSHOT: StartPosition = { kind: "snapshot" };

function started(spec: Partial<TaskSpec> = {}): EngineHarness {
  return new EngineHarness(["c0"], { start: SNAPSHOT, ...spec });
}

function filled(h: EngineHarness, name: string, keys: readonly number[]): FakeCollection {
  const c = h.source.create(name, ["c0"]);
  c.isLoaded = true;
  h.source.insert(c, rows(keys));
  h.source.flush();
  return c;
}

function viewOf({ runner }: Run, name = "c"): CollectionView | undefined {
  return runner.observe().collections.find(({ collection }) => collection.source.name === name);
}

function equal(h: EngineHarness, name = "c"): Promise<void> {
  const isEqual = (): boolean => h.target.rows(name).join() === h.source.rows(name).join();
  return h.flowing(`${name} is equal`, isEqual);
}

/** Nothing is copied, for longer than a look takes. */
async function calm(h: EngineHarness, run?: Run): Promise<number> {
  const before = pagesRead(h);
  for (let ms = 0; ms < SOME_LOOKS_MS; ms += 200) {
    h.source.flush();
    await h.time.advance(200);
  }
  if (run !== undefined) assert.equal(viewOf(run)?.phase, "streaming");
  return pagesRead(h) - before;
}

function pagesRead(h: EngineHarness): number {
  return h.faults.seen.filter((operation) => operation.startsWith("read-page")).length;
}

async function stored(h: EngineHarness): Promise<readonly bigint[]> {
  const [collection] = await h.store.listCollections(h.task.id);
  return [...(collection?.imports ?? [])];
}

describe("a bulk import", () => {
  it("has the collection copied once more, and only once, among changes that go on", async () => {
    using h = started();
    await h.createTask();
    const run = h.start();
    const c = filled(h, "c", [1, 2]);
    const other = filled(h, "other", [1]);
    h.source.insert(c, rows([19]), "p");
    await calm(h, run);
    const { healed } = run.runner.observe();
    // WHEN rows come by a topic and by none
    h.source.import(c, rows([10, 11, 12, 13, 14]));
    h.source.import(c, rows([20]), "p");
    h.source.insert(c, rows([3]));
    h.source.delete(c, [1n]);
    await equal(h);
    await equal(h, "other");
    // THEN they are all there, each import counts, and nothing is copied again
    await h.flowing("the copy ends", () => viewOf(run)?.phase === "streaming");
    assert.equal(run.runner.observe().healed - healed, 2n);
    assert.equal(await calm(h, run), 0);
    assert.ok(!h.faults.seen.includes("read-page other"));
    assert.equal(viewOf(run, "other")?.collection.copy, undefined);
    // and later ones are made up for as well
    h.source.import(other, rows([5]));
    h.source.import(c, rows([1], "imported"));
    await equal(h);
    await equal(h, "other");
    await h.stop(run);
  });

  it("that was under way when the copy began is made up for when it ends", async () => {
    using h = started();
    const c = filled(h, "c", [1, 2]);
    const running = h.source.beginImport(c, rows([10, 11]));
    await h.createTask();
    const run = h.start();
    await equal(h);
    assert.equal(await calm(h, run), 0);
    running.end();
    await equal(h);
    await h.stop(run);
  });

  it("that ends while a copy is under way waits for its end, and is not lost", async () => {
    using h = started();
    const c = filled(h, "c", [5, 6, 7, 8]);
    await h.createTask();
    const [first, second] = [h.faults.hold("read-page c"), h.faults.hold("read-page c")];
    const run = h.start();
    // GIVEN a copy that has passed the keys of the new rows
    first.release();
    await h.flowing("a page is there", () => viewOf(run)?.copy?.copiedRows === 2n);
    h.source.import(c, rows([1, 2]));
    // WHEN it goes on for longer than a look takes
    await h.time.advance(SOME_LOOKS_MS);
    assert.deepEqual(await stored(h), []);
    second.release();
    // THEN another one follows
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(run)?.phase === "streaming");
    assert.equal(await calm(h, run), 0);
    await h.stop(run);
  });

  it("counts for more than a delete that is older, and comes to the target later", async () => {
    // GIVEN a stream that is far behind
    using h = started();
    await h.createTask();
    const c = filled(h, "c", [1, 2]);
    const run = h.start();
    await h.caughtUp();
    h.source.delete(c, [1n]);
    h.source.import(c, rows([1], "imported"));
    await h.time.advance(SOME_LOOKS_MS);
    assert.equal(pagesRead(h), 0);
    // WHEN it goes on
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(run)?.phase === "streaming");
    assert.deepEqual(h.target.rows("c"), ["_default/1=imported", "_default/2=v2"]);
    await h.stop(run);
  });

  it("counts also for more than the replay of such a delete", async () => {
    using h = started();
    await h.createTask();
    const c = filled(h, "c", [1, 2]);
    // GIVEN a process whose positions are never saved
    const first = h.start(async (operation, apply) =>
      operation === "saveProgress" ? new Promise(() => undefined) : h.faults.gate(operation, apply),
    );
    await h.flowing("it is there", () => h.target.rows("c").length === 2);
    h.source.delete(c, [1n]);
    h.source.import(c, rows([1], "imported"));
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(first)?.phase === "streaming");
    // WHEN it dies, and another one reads all of the log again
    h.time.clear();
    const second = h.start();
    await calm(h, second);
    await h.caughtUp();
    // THEN
    assert.deepEqual(h.target.rows("c"), ["_default/1=imported", "_default/2=v2"]);
    await h.stop(second);
    first.runner.stop(0);
  });

  it("that ends out of turn is made up for, too", async () => {
    using h = started();
    await h.createTask();
    const run = h.start();
    const c = filled(h, "c", [1]);
    await h.caughtUp();
    const slow = h.source.beginImport(c, rows([10]));
    h.source.import(c, rows([20]));
    await equal(h);
    slow.end();
    await equal(h);
    await h.stop(run);
  });

  it("is not forgotten when the process dies before the copy begins, nor while it runs", async () => {
    using h = started();
    await h.createTask();
    const c = filled(h, "c", [1, 2]);
    // GIVEN a process that dies as it sees the import
    let isDead = false;
    const first = h.start(async (operation, apply) => {
      isDead ||= operation === "imports" && h.source.imports.length > 0;
      return isDead ? new Promise(() => undefined) : h.faults.gate(operation, apply);
    });
    await h.flowing("it is there", () => h.target.rows("c").length === 2);
    h.source.import(c, rows([10, 11, 12, 13]));
    await h.flowing("it dies", () => isDead);
    h.time.clear();
    // and another one that dies with half of the copy done
    let pages = 0;
    const second = h.start(async (operation, apply) => {
      if (operation === "read-page c" && ++pages > 1) return new Promise(() => undefined);
      return h.faults.gate(operation, apply);
    });
    await h.flowing("a page is there", async () => {
      const [collection] = await h.store.listCollections(h.task.id);
      return collection?.copy?.copiedRows === 2n;
    });
    h.time.clear();
    // WHEN a third takes over
    const before = pagesRead(h);
    const third = h.start();
    await equal(h);
    // THEN it goes on where the copy was
    await h.flowing("the copy ends", () => viewOf(third)?.phase === "streaming");
    assert.equal(pagesRead(h) - before, 3);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(third);
    for (const { runner } of [first, second]) runner.stop(0);
  });

  it("is not made up for again after a restart, nor when the source forgets it", async () => {
    using h = started();
    await h.createTask();
    const first = h.start();
    const c = filled(h, "c", [1]);
    h.source.import(c, rows([10]));
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(first)?.phase === "streaming");
    await h.stop(first);
    const second = h.start();
    assert.equal(await calm(h, second), 0);
    h.source.imports = [];
    h.source.import(c, rows([20]));
    await equal(h);
    assert.deepEqual(await stored(h), [h.source.imports[0]?.id]);
    await h.stop(second);
  });

  it("has its partition copied alone; all of them when the source does not tell which it is", async () => {
    using h = started();
    await h.createTask();
    const run = h.start();
    const c = filled(h, "c", [1, 2, 3]);
    h.source.insert(c, rows([11]), "p");
    await calm(h, run);
    h.source.import(c, rows([12]), "p");
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(run)?.phase === "streaming");
    const { copy } = viewOf(run)!.collection;
    assert.deepEqual([...copy!.cursors.keys()], ["p"]);
    assert.equal(copy!.copiedRows, 2n);
    h.source.import(c, rows([4]));
    h.source.import(c, rows([13]), "p");
    h.source.imports = h.source.imports.map((one) => ({ ...one, partition: undefined }));
    await equal(h);
    await h.flowing("the copy ends", () => viewOf(run)?.phase === "streaming");
    assert.equal(viewOf(run)!.collection.copy!.copiedRows, 7n);
    await h.stop(run);
  });

  it("into a collection that must not be loaded shows why its rows are missing", async () => {
    using h = started({ loadForSnapshot: false });
    await h.createTask();
    const run = h.start();
    const c = filled(h, "c", [1]);
    c.isLoaded = false;
    h.source.import(c, rows([10]));
    await h.flowing("it is told", () => viewOf(run)?.phase === "blocked");
    assert.match(viewOf(run)?.reason ?? "", /^SOURCE_NOT_LOADED/);
    c.isLoaded = true;
    await equal(h);
    await h.stop(run);
  });

  it("is looked for again after a failure, which is shown while it lasts", async () => {
    using h = started();
    await h.createTask();
    const run = h.start();
    const c = filled(h, "c", [1]);
    await h.caughtUp();
    h.source.import(c, rows([10]));
    h.faults.reject("imports", new CdcError("SOURCE_UNAUTHENTICATED", "not permitted"), 3);
    await h.flowing("it is shown", () => run.runner.observe().retry?.attempts === 2);
    assert.equal(run.runner.observe().retry?.error.code, "SOURCE_UNAUTHENTICATED");
    await equal(h);
    await h.flowing("it is over", () => run.runner.observe().retry === undefined);
    await h.stop(run);
  });
});

describe("a bulk import of before the task", () => {
  it("is nothing to a task that starts with the latest, one that ends later is", async () => {
    using m = new ManagerHarness({ start: { kind: "latest" } });
    const { h } = m;
    const c = filled(h, "c", [1]);
    h.source.import(c, rows([10]));
    const running = h.source.beginImport(c, rows([20]));
    const id = await m.create(undefined, true);
    await m.manager.resume(id);
    await h.flowing("it is there", () => h.target.table("c") !== undefined);
    assert.equal(await calm(h), 0);
    assert.deepEqual(h.target.rows("c"), []);
    running.end();
    await equal(h);
    await m.stop();
  });

  it("is part of the first copy", async () => {
    using m = new ManagerHarness({ start: SNAPSHOT });
    const { h } = m;
    const c = filled(h, "c", [1, 2]);
    h.source.import(c, rows([10]));
    await m.create();
    await equal(h);
    assert.equal(pagesRead(h), 2);
    assert.equal(await calm(h), 0);
    await m.stop();
  });

  it("that ends between the creation and the start of a task is made up for", async () => {
    using m = new ManagerHarness({ start: SNAPSHOT });
    const { h } = m;
    const c = filled(h, "c", [1, 2]);
    const id = await m.create(undefined, true);
    h.source.import(c, rows([10]));
    h.source.delete(c, [10n]);
    h.source.import(c, rows([10], "again"));
    await m.manager.resume(id);
    await equal(h);
    await m.stop();
  });

  it("counts for a collection whose rows all come from the log", async () => {
    using m = new ManagerHarness({ start: SNAPSHOT });
    const { h } = m;
    const c = filled(h, "c", [1]);
    c.isLoaded = false;
    h.source.import(c, rows([10]));
    await m.create();
    await equal(h);
    await m.stop();
  });

  it("is part of the copy with which a task begins anew, and which deletes what is too many", async () => {
    using m = new ManagerHarness({ start: SNAPSHOT });
    const { h } = m;
    const c = filled(h, "c", [1]);
    c.indexes = [{ field: "vector", name: "v", params: {} }];
    const id = await m.create();
    await equal(h);
    await h.flowing("it is loaded", () => h.target.table("c")?.isLoaded === true);
    await h.time.whenDone("it is paused", m.manager.pause(id));
    h.source.import(c, rows([10]));
    h.target.table("c")!.rowsIn("_default").set(99n, ["too many"]);
    await m.manager.resume(id, { resnapshot: true });
    await equal(h);
    assert.equal(await calm(h), 0);
    await m.stop();
  });

  it("has a task that begins anew copy also what is not loaded: the log does not tell all of it", async () => {
    using m = new ManagerHarness({ start: SNAPSHOT });
    const { h } = m;
    const c = filled(h, "c", [1, 2]);
    c.isLoaded = false;
    h.source.delete(c, [1n]);
    h.source.import(c, rows([1], "imported"));
    const id = await m.create();
    await equal(h);
    h.source.imports = [];
    await h.time.whenDone("it is paused", m.manager.pause(id));
    await m.manager.resume(id, { resnapshot: true });
    await calm(h);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await m.stop();
  });
});
