import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { BlockedRecord } from "../../../src/model/blocked-record.js";
import type { CollectionView } from "../../../src/engine/task-view.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

/** A running task over `bad` and `good`, in one channel; the target refuses the value `poison`. */
class Scene implements Disposable {
  readonly m = new ManagerHarness();
  readonly h = this.m.h;
  readonly manager = this.m.manager;
  readonly bad = this.h.source.create("bad", ["c0"]);
  readonly good = this.h.source.create("good", ["c0"]);
  id = "";

  static async begin(): Promise<Scene> {
    const scene = new Scene();
    scene.h.target.refused.add("poison");
    scene.id = await scene.m.create(scene.h.task.id);
    return scene;
  }

  async view(name: string): Promise<CollectionView | undefined> {
    const { observation } = await this.manager.get(this.id);
    return observation?.collections.find(({ collection }) => collection.source.name === name);
  }

  blocked(): Promise<void> {
    return this.h.flowing("it is blocked", async () => (await this.view("bad"))?.phase === "blocked");
  }

  resume(options: { skipBlockedRecord?: boolean } = { skipBlockedRecord: true }): Promise<void> {
    return this.h.time.whenDone("it is resumed", this.manager.resume(this.id, options));
  }

  async history(): Promise<string> {
    return ((await this.manager.get(this.id)).history ?? []).map(({ text }) => text).join("\n");
  }

  [Symbol.dispose](): void {
    this.m[Symbol.dispose]();
  }
}

const hasCode = (code: string) => (error: unknown) => error instanceof CdcError && error.code === code;

describe("a record that the target refuses", () => {
  it("blocks its collection alone, by name, and is kept with its bytes", async () => {
    using s = await Scene.begin();
    const { bad, good } = s;
    // GIVEN rows of which one is refused, in one request
    for (const [key, value] of [
      [1, "fine"],
      [2, "poison"],
      [3, "fine"],
    ] as const)
      s.h.source.insert(bad, rows([key], value));
    s.h.source.insert(good, rows([1]));
    s.h.source.flush();
    await s.blocked();
    // THEN the record is named
    const record = (await s.view("bad"))?.blockedRecord;
    const event = s.h.source.log.from("c0", record?.offset ?? 0n, 1)[0];
    assert.equal(s.h.source.log.decode(event?.value ?? Uint8Array.of()).kind, "insert");
    assert.match(record?.cause ?? "", /^TARGET_REJECTED: record \d+ of c0: the value of 2 is refused$/);
    assert.match((await s.view("bad"))?.reason ?? "", /skip_blocked_record/);
    const [kept] = await s.manager.blockedRecords(s.id);
    assert.deepEqual(kept, { ...record, value: new Uint8Array(event?.value ?? []) });
    assert.deepEqual(kept.collection, { database: "default", name: "bad" });
    assert.match(await s.history(), /blocked: TARGET_REJECTED: record \d+ of c0/);
    // and what is before it is there, and so is the other collection
    assert.deepEqual(s.h.target.rows("bad"), ["_default/1=fine"]);
    await s.h.until("the other one is there", () => s.h.target.rows("good").length === 1);
    await s.m.stop();
  });

  it("is given up by request, for good, and all the rest is there, none of it doubled", async () => {
    using s = await Scene.begin();
    const { bad } = s;
    for (const [key, value] of [
      [1, "a"],
      [2, "poison"],
      [3, "c"],
    ] as const)
      s.h.source.insert(bad, rows([key], value));
    s.h.source.flush();
    await s.blocked();
    s.h.source.insert(bad, rows([4], "d"));
    s.h.source.delete(bad, [1n]);
    s.h.source.flush();
    // WHEN it is given up while the task runs
    await s.resume();
    // THEN
    await s.h.caughtUp();
    assert.deepEqual(s.h.target.rows("bad"), ["_default/3=c", "_default/4=d"]);
    const skipped = (await s.view("bad"))?.skipped;
    assert.deepEqual(
      skipped?.map(({ records }) => records),
      [1n],
    );
    assert.match(skipped[0]?.reason.text ?? "", /skip_blocked_record/);
    assert.match(
      await s.history(),
      /record \d+ of c0 was given up by request; it had failed with TARGET_REJECTED/,
    );
    const [kept] = await s.manager.blockedRecords(s.id);
    assert.ok(kept?.skippedAtMs !== undefined && kept.value !== undefined);
    // and a pause, which may repeat it, does not bring it back
    await s.h.time.whenDone("it is paused", s.manager.pause(s.id));
    await s.resume({});
    s.h.source.insert(bad, rows([5], "e"));
    s.h.source.flush();
    await s.h.caughtUp();
    assert.equal(s.h.target.rows("bad").length, 3);
    assert.equal((await s.manager.blockedRecords(s.id)).length, 1);
    await s.m.stop();
  });

  it("is given up one after the other where there are several, also of a paused task", async () => {
    using s = await Scene.begin();
    const { bad } = s;
    for (const key of [1, 2]) s.h.source.insert(bad, rows([key], "poison"));
    s.h.source.insert(bad, rows([3], "c"));
    s.h.source.flush();
    await s.blocked();
    await s.h.time.whenDone("it is paused", s.manager.pause(s.id));
    await s.resume();
    await s.blocked();
    assert.equal((await s.manager.blockedRecords(s.id)).length, 2);
    await s.resume();
    await s.h.caughtUp();
    assert.deepEqual(s.h.target.rows("bad"), ["_default/3=c"]);
    assert.equal(await s.m.state(s.id), "Running");
    await s.m.stop();
  });

  it("is not given up when it came to block after the look at the list: the history would not name it", async () => {
    using s = await Scene.begin();
    s.h.source.insert(s.bad, rows([1], "poison"));
    s.h.source.flush();
    await s.blocked();
    // GIVEN a running lane that is blocked between the look and the write
    const [first] = await s.manager.blockedRecords(s.id);
    assert.ok(first);
    const later = { ...first, offset: first.offset + 1_000n };
    const { store } = s.h;
    const list = store.listBlockedRecords.bind(store);
    store.listBlockedRecords = async (id) => {
      const listed = await list(id);
      store.listBlockedRecords = list;
      await store.saveBlockedRecord(id, later);
      return listed;
    };
    const skipBlocked = store.skipBlockedRecords.bind(store);
    let left: readonly BlockedRecord[] = [];
    store.skipBlockedRecords = async (id, skip) => {
      const isSkipped = await skipBlocked(id, skip);
      // before the task, which starts again, forgets what blocks
      left = (await list(id)).filter(({ skippedAtMs }) => skippedAtMs === undefined);
      return isSkipped;
    };
    // WHEN what was seen is given up
    await s.resume();
    // THEN
    assert.deepEqual(left, [later]);
    await s.h.caughtUp();
    await s.m.stop();
  });

  it("is tried again by an ordinary resume, and is then no longer known", async () => {
    using s = await Scene.begin();
    s.h.source.insert(s.bad, rows([1], "poison"));
    s.h.source.flush();
    await s.blocked();
    // WHEN the target takes it
    s.h.target.refused.clear();
    await s.h.time.whenDone("it is paused", s.manager.pause(s.id));
    await s.resume({});
    // THEN
    await s.h.caughtUp();
    assert.deepEqual(s.h.target.rows("bad"), ["_default/1=poison"]);
    assert.deepEqual(await s.manager.blockedRecords(s.id), []);
    await assert.rejects(s.resume(), hasCode("TASK_STATE_CONFLICT"));
    assert.equal(await s.m.state(s.id), "Running");
    await s.m.stop();
  });

  it("is named when it was sent before its tick, and blocks though the log does not give it once more", async () => {
    using s = await Scene.begin();
    s.h.source.insert(s.bad, rows([1]));
    s.h.source.flush();
    await s.h.caughtUp();
    // GIVEN a caught-up collection, and a log that fails
    s.h.faults.reject("record", new CdcError("LOG_UNAVAILABLE", "down"));
    s.h.source.insert(s.bad, rows([2], "fine"));
    s.h.source.insert(s.bad, rows([3], "poison"));
    s.h.source.logSome("c0");
    await s.blocked();
    const [kept] = await s.manager.blockedRecords(s.id);
    assert.equal(kept?.value, undefined);
    assert.match(kept?.cause ?? "", /the value of 3/);
    // WHEN it is given up
    await s.resume();
    s.h.source.flush();
    await s.h.caughtUp();
    // THEN
    assert.deepEqual(s.h.target.rows("bad"), ["_default/1=v1", "_default/2=fine"]);
    await s.m.stop();
  });
});
