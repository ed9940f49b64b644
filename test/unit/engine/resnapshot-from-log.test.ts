import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { rows } from "../../support/engine-harness.js";
import { CHANNELS, MINUTE, Scene } from "../../support/engine-resnapshot-scene.js";
import { pagesRead } from "../../support/engine-scenes.js";

describe("a task that begins anew with a collection of which the log tells all", () => {
  it("takes a collection that is not loaded from the log when that holds its life, under its old place", async () => {
    using m = new Scene();
    const other = await m.replicated("other", [1]);
    await m.pause();
    m.expire();
    await m.resnapshot();
    // GIVEN a replicated collection that was made after the loss, and is never loaded
    m.h.source.flush();
    m.h.source.pass(MINUTE);
    const c = m.h.source.create("c", CHANNELS);
    m.h.source.insert(c, rows([1, 2, 3]));
    m.h.source.insert(c, rows([4, 5], "old"), "p");
    m.h.source.insert(other, rows([7]));
    m.h.source.delete(other, [7n]);
    m.h.source.flush();
    await m.h.flowing("it is there", () => m.h.target.rows("c").length === 5);
    await m.pause();
    // and a row that only the target has
    m.h.target.table("c")?.rowsIn("_default").set(99n, ["stray"]);
    // WHEN it is changed and renamed, and the task begins anew
    m.h.source.delete(c, [1n]);
    m.h.source.dropPartition(c, "p");
    m.h.source.insert(c, rows([4], "new"), "p");
    m.h.source.rename(c, "d");
    m.h.source.flush();
    const before = m.h.faults.seen.length;
    const writes = m.h.target.writes.length;
    await m.resnapshot();
    // THEN
    await m.becomesEqual();
    assert.ok(!m.h.faults.seen.slice(before).includes("read-page d"));
    // and nothing of the other's is repeated, which is before it in the log
    assert.ok(!m.h.target.writes.slice(writes).some((write) => /other.*7/.test(write)));
    assert.equal(c.isLoaded, false);
    await m.stop();
  });

  it("takes it from the log into what a stranger has made under its name", async () => {
    using m = new Scene();
    await m.replicated("other", [1]);
    m.h.source.pass(MINUTE);
    const c = m.h.source.create("c", CHANNELS);
    m.h.source.insert(c, rows([1, 2]));
    // GIVEN a collection that the task knows, and has not come to
    m.h.faults.hold("hasCollection c");
    m.h.source.flush();
    await m.h.until("it is known", async () => (await m.h.store.listCollections(m.id)).length === 2);
    await m.pause();
    m.h.target.make("c").rowsIn("_default").set(9n, ["own"]);
    await m.resnapshot();
    await m.h.flowing("its rows are there", () => m.h.target.rows("c").length === 3);
    assert.deepEqual(m.h.target.rows("c"), [...m.h.source.rows("c"), "_default/9=own"]);
    await m.stop();
  });

  it("takes all of it from the log, also when a copy had begun and was cut off", async () => {
    using m = new Scene();
    const other = await m.replicated("other", [1]);
    const c = m.h.source.create("c", CHANNELS);
    c.isLoaded = true;
    m.h.source.insert(c, rows([1, 2, 3]));
    m.h.source.flush();
    await m.pause();
    // GIVEN a copy that never comes to its end
    m.h.faults.hold("read-page c");
    await m.resnapshot();
    await m.h.flowing("it begins", () => pagesRead(m.h, "c") > 0);
    await m.pause();
    m.h.target.table("c")?.partitions.get("_default")?.clear();
    // WHEN the collection is released
    c.isLoaded = false;
    m.h.source.insert(other, rows([2]));
    await m.resnapshot();
    // THEN
    await m.becomesEqual();
    assert.equal(pagesRead(m.h, "c"), 1);
    await m.stop();
  });

  it("loses nothing when the new beginning cannot be remembered, and the task goes on as before", async () => {
    using m = new Scene();
    const other = await m.replicated("other", [1]);
    // GIVEN a collection of which the log tells all, and which is not loaded
    m.h.source.pass(MINUTE);
    const c = m.h.source.create("c", CHANNELS);
    m.h.source.insert(c, rows([1, 2, 3]));
    m.h.source.flush();
    await m.h.flowing("it is there", () => m.h.target.rows("c").length === 3);
    await m.pause();
    m.h.faults.reject("restartTask", new CdcError("METASTORE_UNAVAILABLE", "disk full"));
    await assert.rejects(m.manager.resume(m.id, { resnapshot: true }), /disk full/);
    assert.equal(await m.state(m.id), "Paused");
    // WHEN it is resumed from where it was
    await m.manager.resume(m.id);
    m.h.source.insert(c, rows([4]));
    m.h.source.insert(other, rows([2]));
    // THEN
    await m.becomesEqual();
    await m.stop();
  });
});
