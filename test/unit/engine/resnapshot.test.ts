import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { rows } from "../../support/engine-harness.js";
import { CHANNELS, Scene } from "../../support/engine-resnapshot-scene.js";
import { pagesRead } from "../../support/engine-scenes.js";

describe("a task whose position the log no longer holds", () => {
  it("fails, and is made equal by a resume with resnapshot: what was deleted goes, what was written comes", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3, 4, 5, 6, 7]);
    await m.pause();
    m.h.source.delete(c, [1n, 4n, 7n]);
    m.h.source.upsert(c, rows([2], "changed"));
    m.h.source.insert(c, rows([20, 21]));
    m.expire();
    await m.failsAsExpired();
    const before = m.h.target.writes.length;
    await m.resnapshot();
    assert.equal(await m.state(m.id), "Running");
    await m.becomesEqual();
    // the target was never without what both have
    const taken = m.h.target.writes.slice(before).filter((write) => /drop|insert|delete/.test(write));
    assert.deepEqual(taken.sort(), ["delete-other c 1", "delete-other c 4", "delete-other c 7"]);
    // and it streams on, with rows that go out before their ticks
    m.h.source.insert(c, rows([30]));
    m.h.source.logSome("c0");
    await m.h.until("the row is there", () => m.h.target.rows("c").includes("_default/30=v30"));
    assert.ok(m.h.target.writes.includes("insert c 30=v30"));
    m.h.source.flush();
    await m.stop();
    assert.equal(m.h.target.openClients, 0);
    assert.equal(m.openReaders, 0);
  });

  it("is done once: after the next restart the task goes on where it was", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3]);
    await m.pause();
    m.h.source.delete(c, [1n]);
    m.expire();
    await m.resnapshot();
    await m.becomesEqual();
    await m.pause();
    const [writes, pages] = [m.h.target.writes.length, pagesRead(m.h, "c")];
    await m.manager.resume(m.id);
    m.h.source.insert(c, rows([4]));
    await m.becomesEqual();
    assert.deepEqual(m.h.target.writes.slice(writes), ["insert c 4=v4"]);
    assert.equal(pagesRead(m.h, "c"), pages);
    await m.stop();
  });

  it("drops on the target what was dropped meanwhile, and takes what was made meanwhile", async () => {
    using m = new Scene();
    const [gone, again] = [await m.replicated("gone", [1]), await m.replicated("again", [1, 2])];
    const kept = await m.replicated("kept", [1]);
    await m.pause();
    m.h.source.drop(gone);
    m.h.source.drop(again);
    for (const name of ["again", "fresh"]) {
      const c = m.h.source.create(name, CHANNELS);
      c.isLoaded = true;
      m.h.source.insert(c, rows([2, 3], "second"));
    }
    m.h.source.insert(kept, rows([2]), "p");
    m.expire();
    await m.failsAsExpired();
    await m.resnapshot();
    await m.becomesEqual();
    assert.equal(m.h.target.table("gone"), undefined);
    await m.stop();
  });

  it("drops partitions that were dropped meanwhile, and holds only their successors' rows", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1]);
    for (const partition of ["p", "q", "empty"]) m.h.source.insert(c, rows([11, 12, 13], "old"), partition);
    m.h.source.delete(c, [11n, 12n, 13n], "empty");
    m.h.source.flush();
    await m.h.until("they are there", () => m.h.target.rows("c").length === 7);
    await m.pause();
    for (const partition of ["p", "q", "empty"]) m.h.source.dropPartition(c, partition);
    m.h.source.insert(c, rows([12], "new"), "q");
    m.expire();
    await m.failsAsExpired();
    await m.resnapshot();
    await m.becomesEqual();
    assert.deepEqual(m.h.target.rows("c"), ["_default/1=v1", "q/12=new"]);
    await m.stop();
  });

  it("drops them also when the collection is renamed at that moment", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1]);
    m.h.source.insert(c, rows([11]), "p");
    m.h.source.flush();
    await m.h.until("it is there", () => m.h.target.rows("c").length === 2);
    await m.pause();
    m.h.source.dropPartition(c, "p");
    m.expire();
    for (let i = 0; i < 2; i++) m.h.faults.hold("partitions c").release();
    const held = m.h.faults.hold("partitions c");
    await m.resnapshot();
    let isHeld = false;
    void held.arrived.then(() => (isHeld = true));
    await m.h.flowing("all rows are copied", () => isHeld);
    m.h.source.rename(c, "d");
    held.release();
    await m.becomesEqual();
    await m.stop();
  });

  it("follows names that were changed meanwhile", async () => {
    using m = new Scene();
    const [a, b] = [await m.replicated("a", [1, 2]), await m.replicated("b", [1])];
    const c = await m.replicated("c", [5]);
    await m.pause();
    m.h.source.rename(a, "b");
    m.h.source.rename(b, "a");
    m.h.source.rename(c, "d");
    m.h.source.insert(a, rows([3]));
    m.h.source.delete(b, [1n]);
    const fresh = m.h.source.create("c", CHANNELS);
    fresh.isLoaded = true;
    m.h.source.insert(fresh, rows([6]));
    m.expire();
    await m.failsAsExpired();
    await m.resnapshot();
    await m.becomesEqual();
    await m.stop();
  });

  it("ends a rename that a crash cut off, also when the collection is gone since", async () => {
    for (const isDone of [false, true]) {
      using m = new Scene();
      await m.replicated("kept", [1]);
      const c = await m.replicated("c", [1]);
      await m.pause();
      const known = (await m.h.store.listCollections(m.id)).find(({ id }) => id === c.id)!;
      const former = { ...known, target: { database: "default", name: "d" }, formerTarget: known.target };
      await m.h.store.saveCollection(m.id, former);
      if (isDone) {
        m.h.target.tables.set("default.d", m.h.target.table("c")!);
        m.h.target.tables.delete("default.c");
      }
      m.h.source.drop(c);
      m.expire();
      await m.resnapshot();
      await m.becomesEqual();
      assert.deepEqual([...m.h.target.tables.keys()], ["default.kept"]);
      await m.stop();
    }
  });

  it("has neither two of a row nor an older one of what is written meanwhile", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3]);
    await m.pause();
    m.expire();
    // GIVEN rows of which a lost part of the log told, and pages that wait to be written
    m.h.target.table("c")!.rowsIn("_default").set(8n, ["lost"]).set(9n, ["lost"]);
    await m.resnapshot();
    await m.h.flowing("all was read", () => pagesRead(m.h, "c") === 2);
    await m.h.time.settle();
    // WHEN the source writes them itself
    m.h.source.insert(c, rows([8]));
    m.h.source.upsert(c, rows([1], "changed"));
    m.h.source.delete(c, [2n]);
    // THEN
    await m.becomesEqual();
    await m.stop();
  });

  it("keeps a row that came after a page was asked for, and that the page does not show", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3]);
    await m.pause();
    m.expire();
    const held = m.h.faults.hold("count c");
    await m.resnapshot();
    await m.h.flowing("the copy begins", () => m.h.faults.seen.includes("count c"));
    await m.h.time.settle();
    // the fake source shows odd keys as they were at the time that is asked for
    m.h.source.insert(c, rows([11]));
    for (const channel of CHANNELS) m.h.source.logSome(channel);
    await m.h.time.settle();
    held.release();
    await m.becomesEqual();
    await m.stop();
  });

  it("begins anew with a target that is not loaded, whose rows cannot be told", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3]);
    await m.pause();
    m.h.source.delete(c, [1n]);
    m.h.source.insert(c, rows([4]));
    m.h.target.table("c")!.loaded.clear();
    m.expire();
    await m.resnapshot();
    await m.becomesEqual();
    assert.ok(m.h.target.writes.includes("drop c"));
    await m.h.flowing("it is loaded like the source", () => m.h.target.table("c")!.isLoaded);
    await m.stop();
  });

  it("ends when the source is not loaded, though the target is, and both are released after", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3, 4, 5]);
    await m.pause();
    m.h.source.delete(c, [1n]);
    m.h.source.insert(c, rows([6]), "p");
    c.isLoaded = false;
    m.expire();
    await m.resnapshot();
    await m.becomesEqual();
    assert.equal(c.isLoaded, false);
    assert.ok(!m.h.target.writes.includes("drop c"));
    await m.h.flowing("the target is released too", () => m.h.target.table("c")!.loaded.size === 0);
    await m.stop();
  });

  it("goes on where it was after a restart, and ends although somebody released the target meanwhile", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3, 4, 5, 6, 7]);
    await m.pause();
    m.h.source.delete(c, [2n, 7n]);
    m.expire();
    await m.resnapshot();
    m.h.faults.hold("read-page c").release();
    m.h.faults.hold("read-page c");
    await m.h.flowing("a page is there", async () => {
      const [stored] = await m.h.store.listCollections(m.id);
      return (stored?.copy?.copiedRows ?? 0n) > 0n;
    });
    await m.pause();
    m.h.target.table("c")!.loaded.clear();
    await m.manager.resume(m.id);
    await m.becomesEqual();
    assert.ok(!m.h.target.writes.includes("drop c"));
    await m.stop();
  });

  it("lets rows flow although the target cannot tell its rows for a while", async () => {
    using m = new Scene();
    const c = await m.replicated("c", [1, 2, 3]);
    await m.pause();
    m.h.source.delete(c, [1n]);
    m.expire();
    await m.resnapshot();
    m.h.faults.reject("deleteOthers", new CdcError("TARGET_NOT_READY", "loading"), 4);
    await m.h.flowing("it is told", async () => {
      const retry = (await m.manager.get(m.id)).observation?.retry;
      return /loading/.test(retry?.error.message ?? "") && (retry?.attempts ?? 0) > 2;
    });
    m.h.source.insert(c, rows([10]));
    m.h.source.flush();
    await m.h.until("the row is there", () => m.h.target.rows("c").includes("_default/10=v10"), 1_000);
    await m.becomesEqual();
    await m.stop();
  });

  it("still releases what an earlier copy had loaded", async () => {
    for (const isTargetLoaded of [true, false]) {
      using m = new Scene();
      const c = await m.replicated("c", [1, 2, 3]);
      await m.pause();
      m.expire();
      c.isLoaded = false;
      await m.resnapshot();
      m.h.faults.hold("read-page c").release();
      m.h.faults.hold("read-page c");
      await m.h.flowing("it was loaded", () => c.isLoaded);
      await m.pause();
      assert.equal(c.isLoaded, true);
      if (!isTargetLoaded) m.h.target.table("c")!.loaded.clear();
      await m.resnapshot();
      await m.becomesEqual();
      assert.equal(c.isLoaded, false, `${isTargetLoaded}`);
      await m.stop();
    }
  });

  it("is refused while it runs, and leaves everything as it was when the source cannot be asked", async () => {
    using m = new Scene();
    await m.replicated("c", [1]);
    await assert.rejects(m.manager.resume(m.id, { resnapshot: true }), /cannot resume/);
    await m.pause();
    const before = await m.h.store.listCollections(m.id);
    m.h.faults.reject("list", new CdcError("SOURCE_UNAVAILABLE", "down"));
    await assert.rejects(m.manager.resume(m.id, { resnapshot: true }), /down/);
    assert.equal(await m.state(m.id), "Paused");
    assert.deepEqual(await m.h.store.listCollections(m.id), before);
    await m.resnapshot();
    await m.becomesEqual();
    const { task } = await m.manager.get(m.id);
    assert.deepEqual(task.spec.start, { kind: "snapshot" });
    await m.stop();
  });
});
