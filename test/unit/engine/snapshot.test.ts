import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { TouchedKeys, type Mark } from "../../../src/order/touched-keys.js";
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

  it("has the stream wait for a page that is being written, whose rows would be the older ones", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1]);
    await h.createTask();
    const held = h.faults.hold("upsert c");
    const run = h.start();
    let isWriting = false;
    void held.arrived.then(() => (isWriting = true));
    await h.flowing("the page is being written", () => isWriting);
    h.source.upsert(c, rows([1], "changed"));
    h.source.flush();
    await h.time.advance(1_000);
    assert.deepEqual(h.target.rows("c"), []);
    held.release();
    await copied(h, run, "c");
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=changed"]);
    await h.stop(run);
  });

  it("does not write over a row that was inserted once more, and went out before its tick", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", [1]);
    await h.createTask();
    const run = h.start();
    await h.flowing("it was read", () => pagesRead(h, "c") === 1);
    await h.time.settle();
    h.source.insert(c, rows([1], "again"));
    h.source.logSome("c0");
    await h.until("it is there", () => h.target.rows("c").length === 1);
    await copied(h, run, "c");
    assert.deepEqual(h.target.rows("c"), ["_default/1=again"]);
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

  it("reads on from a page that was overrun, though a later one was not", async () => {
    // GIVEN two pages that are overrun while the third one has still to be read
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    await h.createTask();
    h.source.delete(
      c,
      Array.from({ length: 1_000_001 }, (_, i) => BigInt(i + 100)),
    );
    h.source.insert(c, rows([9]));
    h.source.tick("c0");
    h.faults.hold("read-page c").release();
    const held = h.faults.hold("read-page c");
    const run = h.start();
    await h.time.whenDone("the second one is being read", held.arrived);
    h.source.logSome("c0", () => [0]);
    h.source.tick("c0");
    await h.time.settle();
    held.release();
    await h.until("all were read", () => pagesRead(h, "c") === 3);
    // WHEN the stream comes up to them
    await copied(h, run, "c");
    // THEN no row is missing
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.equal(pagesRead(h, "c"), 7);
    await h.stop(run);
  });

  it("stops asking what the stream writes when all is copied", async () => {
    const open: (this: TouchedKeys) => Mark = Reflect.get(TouchedKeys.prototype, "open");
    const close: (this: TouchedKeys, mark: Mark) => void = Reflect.get(TouchedKeys.prototype, "close");
    const marks = new Set<Mark>();
    TouchedKeys.prototype.open = function () {
      const mark = open.call(this);
      marks.add(mark);
      return mark;
    };
    TouchedKeys.prototype.close = function (mark) {
      marks.delete(mark);
      close.call(this, mark);
    };
    try {
      using h = snapshot({}, ["c0"]);
      const c = filled(h, "c", FIVE);
      await h.createTask();
      h.faults.reject("read-page", new CdcError("SOURCE_UNAVAILABLE", "busy"), 2);
      const run = h.start();
      await h.flowing("pages are asked for", () => marks.size > 0);
      await copied(h, run, "c");
      assert.equal(marks.size, 0);
      assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
      assert.equal(c.isLoaded, true);
      await h.stop(run);
    } finally {
      Object.assign(TouchedKeys.prototype, { open, close });
    }
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

  it("does not wait for collections that the source cannot show for now, and shows why they wait", async () => {
    using h = snapshot({}, ["c0"]);
    for (const name of ["a", "b", "c", "d"]) filled(h, name, FIVE);
    await h.createTask();
    for (const name of ["a", "b", "c"])
      h.faults.reject(`read-page ${name}`, new CdcError("SOURCE_UNAVAILABLE", "still loading"), 8);
    const run = h.start();
    await copied(h, run, "d");
    assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
    assert.deepEqual(h.target.rows("a"), []);
    const retry = run.runner.observe().retry;
    assert.match(String(retry?.error.message), /still loading/);
    assert.ok((retry?.attempts ?? 0) > 1);
    await copied(h, run, "a", "b", "c");
    for (const name of ["a", "b", "c"]) assert.deepEqual(h.target.rows(name), h.source.rows(name));
    assert.equal(run.runner.observe().retry, undefined);
    await h.stop(run);
  });

  it("counts failures anew after each page that could be read", async () => {
    using h = snapshot({}, ["c0"]);
    filled(h, "c", FIVE);
    await h.createTask();
    for (let i = 0; i < 3; i++) {
      h.faults.reject("read-page c", new CdcError("SOURCE_UNAVAILABLE", "busy"), 2);
      h.faults.hold("read-page c").release();
    }
    const run = h.start();
    const attempts = new Set<number | undefined>();
    await h.flowing("all is copied", () => {
      attempts.add(run.runner.observe().retry?.attempts);
      return viewOf(run, "c")?.phase === "streaming" && viewOf(run, "c")?.copy === undefined;
    });
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.ok(attempts.has(2) && !attempts.has(3), [...attempts].join());
    await h.stop(run);
  });

  it("blocks a collection whose rows the target refuses, and goes on with the next start", async () => {
    using h = snapshot({}, ["c0"]);
    filled(h, "c", FIVE);
    await h.createTask();
    h.faults.reject("upsert c", new CdcError("TARGET_REJECTED", "no such field"));
    const first = h.start();
    await h.flowing("it is blocked", () => phaseOf(first.runner.observe(), "c") === "blocked");
    assert.match(viewOf(first, "c")?.reason ?? "", /no such field/);
    await h.stop(first);
    const second = h.start();
    await copied(h, second, "c");
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(second);
  });

  it("fails the task when the source refuses the credentials", async () => {
    using h = snapshot({}, ["c0"]);
    filled(h, "c", FIVE);
    await h.createTask();
    h.faults.reject("read-page c", new CdcError("SOURCE_UNAUTHENTICATED", "wrong password"), 5);
    const run = h.start();
    const failed = assert.rejects(run.ended, /wrong password/);
    await h.flowing("it is read", () => pagesRead(h, "c") > 0);
    await h.time.whenDone("the run ends", failed);
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
