import assert from "node:assert/strict";
import { EngineHarness, rows } from "../../support/engine-harness.js";

describe("a replay", () => {
  it("has no delete without the insert that followed it", async () => {
    // GIVEN an upsert whose halves are durable, and between them in the log a record that no tick covers
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.upsert(c, rows([1]));
    h.source.insert(c, rows([2]));
    h.source.logSome("c0", () => [0, 2]);
    h.source.logSome("c0", () => [0]);
    const covered = h.source.nextTs() - 2n;
    h.source.log.append("c0", { kind: "tick", ts: covered });
    const first = h.start();
    await h.until("the upsert is durable", async () => (await h.progress("c0"))?.tick === covered);
    assert.ok(h.target.rows("c").includes("_default/1=v1"));
    // WHEN the task starts again
    await h.stop(first);
    h.source.flush();
    const second = h.start();
    await h.caughtUp();
    // THEN nothing is missing
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1", "_default/2=v2"]);
    await h.stop(second);
  });

  it("has no delete without the insert that followed it when another collection holds the checkpoint", async () => {
    // GIVEN a tick over two collections, of which the other cannot be written
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    const other = h.source.create("other", ["c0"]);
    h.source.upsert(c, rows([1]));
    h.source.insert(other, rows([2]));
    h.source.logSome("c0", () => [0, 2, 1]);
    h.source.tick("c0");
    const held = h.faults.hold("insert other");
    const first = h.start();
    await h.time.whenDone("the other is being written", held.arrived);
    await h.until("the upsert is applied", () => h.target.rows("c").length === 1);
    await h.time.advance(1_000);
    // WHEN the process dies, and another takes over
    h.time.clear();
    const second = h.start();
    await h.caughtUp();
    // THEN nothing is missing
    assert.deepEqual(h.target.rows("c"), ["_default/1=v1"]);
    assert.deepEqual(h.target.rows("other"), ["_default/2=v2"]);
    await h.stop(second);
    first.runner.stop(0);
  });

  it("leaves out rows up to a barrier that was carried out", async () => {
    // GIVEN a partition that was dropped and made anew
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const c = h.source.create("c", ["c0", "c1"]);
    h.source.insert(c, rows([1, 2], "old"), "p");
    h.source.dropPartition(c, "p");
    h.source.insert(c, rows([1, 2], "new"), "p");
    h.source.logSome("c0");
    h.source.logSome("c1");
    h.source.tick("c0");
    h.source.tick("c1");
    // a checkpoint is never saved after the start
    const first = h.start(async (operation, apply) => {
      if (operation === "saveProgress" && h.target.writes.length > 0) return new Promise(() => undefined);
      return apply();
    });
    await h.until("the drop was remembered", async () => {
      const [stored] = await h.store.listCollections(h.task.id);
      return (stored?.barrierTs ?? 0n) > 0n;
    });
    await h.until("the new rows are there", () => h.target.rows("c").length === 2);
    // WHEN the process dies, and all is read again
    h.time.clear();
    assert.ok((await h.progress("c0"))!.checkpoint <= 1n);
    const before = h.target.writes.length;
    const second = h.start();
    await h.caughtUp();
    // THEN neither the old rows nor the drop come again
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    const again = h.target.writes.slice(before);
    assert.ok(
      again.every((write) => !/old|drop/.test(write)),
      again.join("; "),
    );
    await h.stop(second);
    first.runner.stop(0);
  });
});
