import assert from "node:assert/strict";
import { goneTargets } from "../../../src/engine/task-plan.js";
import { CdcError } from "../../../src/model/errors.js";
import { physicalMs } from "../../../src/model/ids.js";
import type { StartPosition } from "../../../src/model/start-position.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";
import { aCollection } from "../../support/metastore-values.js";

const MINUTE = 60_000;
const CHANNELS = ["c0", "c1"] as const;

/** A source that has been running for an hour, with a minute between what happens to it. */
class Scene extends ManagerHarness {
  constructor(start: StartPosition, loadForSnapshot = true) {
    super({ start, loadForSnapshot }, CHANNELS);
    this.h.source.pass(60 * MINUTE);
  }

  collection(name: string, keys: readonly number[], isLoaded = false): FakeCollection {
    const c = this.h.source.create(name, CHANNELS);
    c.isLoaded = isLoaded;
    this.insert(c, keys);
    return c;
  }

  /** Returns the time of the source before it, in ms. */
  insert(c: FakeCollection, keys: readonly number[]): number {
    const { source } = this.h;
    source.pass(MINUTE);
    const now = physicalMs(source.nextTs());
    source.insert(c, rows(keys));
    source.flush();
    return now;
  }

  /** The log loses all that it holds. */
  expire(): void {
    for (const { channel, end } of this.h.source.log.ranges()) this.h.source.log.expire(channel, end);
  }

  async ends(name: string, expected: readonly string[]): Promise<void> {
    const { h } = this;
    await h.flowing(`${name} has ${expected.join()}`, () => h.target.rows(name).length === expected.length);
    await h.time.advance(3_000);
    assert.deepEqual(h.target.rows(name), expected);
  }

  get pagesRead(): readonly string[] {
    return this.h.faults.seen.filter((operation) => operation.startsWith("read-page"));
  }
}

describe("the start of a task", () => {
  it("latest takes nothing of what was written before", async () => {
    using m = new Scene({ kind: "latest" });
    const c = m.collection("c", [1], true);
    await m.create();
    m.insert(c, [2]);
    await m.ends("c", ["_default/2=v2"]);
    assert.deepEqual(m.pagesRead, []);
    await m.stop();
  });

  it("earliest takes what the log holds", async () => {
    using m = new Scene({ kind: "earliest" });
    const c = m.collection("c", [1], true);
    m.expire();
    m.insert(c, [2]);
    await m.create();
    await m.ends("c", ["_default/2=v2"]);
    assert.deepEqual(m.pagesRead, []);
    await m.stop();
  });

  it("a time takes what was written at it or later, and nothing of before", async () => {
    // GIVEN rows before and after the time, as close to it as clocks may differ
    using m = new Scene({ kind: "latest" });
    const c = m.collection("c", [1]);
    m.h.source.insert(c, rows([2]));
    m.h.source.pass(1);
    const ms = physicalMs(m.h.source.nextTs());
    m.h.source.insert(c, rows([3]));
    m.h.source.flush();
    m.h.source.log.aheadMs = -5_000;
    const { spec } = m.h.task;
    const id = await m.manager.create(
      { ...spec, start: { kind: "time", ms } },
      {},
      new AbortController().signal,
    );
    m.insert(c, [4]);
    await m.ends("c", ["_default/3=v3", "_default/4=v4"]);
    assert.equal(await m.state(id), "Running");
    await m.stop();
  });

  it("a time that the log no longer holds is refused, and leaves no task and nothing open", async () => {
    using m = new Scene({ kind: "latest" });
    const c = m.collection("c", [1]);
    const ms = m.insert(c, [2]);
    m.expire();
    const spec = { ...m.h.task.spec, start: { kind: "time", ms } as const };
    await assert.rejects(m.manager.create(spec, {}, new AbortController().signal), (error) => {
      assert.ok(error instanceof CdcError);
      assert.deepEqual([error.code, error.field], ["INVALID_ARGUMENT", "start_position"]);
      assert.match(error.message, /no longer holds what was written at 1970-01-01T01:02\S+ \(c0, c1\)/);
      return true;
    });
    assert.deepEqual(await m.manager.list(), []);
    assert.equal(m.openReaders, 0);
    assert.equal(m.h.target.openClients, 0);
  });

  it("a time before the oldest record is fine when the log never lost any", async () => {
    using m = new Scene({ kind: "time", ms: 1 });
    m.collection("c", [1]);
    await m.create();
    await m.ends("c", ["_default/1=v1"]);
    await m.stop();
  });

  it("snapshot takes the rows that exist, and what is written while the task is being made", async () => {
    using m = new Scene({ kind: "snapshot" });
    const c = m.collection("c", [1], true);
    // WHEN rows are written after the end of the log was noted
    const held = m.h.faults.hold("now");
    const creating = m.create();
    await held.arrived;
    m.insert(c, [2]);
    held.release();
    await creating;
    m.insert(c, [3]);
    // THEN
    await m.ends("c", ["_default/1=v1", "_default/2=v2", "_default/3=v3"]);
    await m.stop();
  });
});

describe("a snapshot task over a collection that is not loaded", () => {
  it("begins with its creation when the log holds all of its life, and repeats nothing of the others", async () => {
    // GIVEN a loaded collection whose old rows are in the log too, one deleted since
    using m = new Scene({ kind: "snapshot" });
    const loaded = m.collection("loaded", [1, 2], true);
    const c = m.collection("c", [1, 2]);
    m.h.source.delete(c, [1n]);
    m.h.source.delete(loaded, [1n]);
    m.insert(c, [3]);
    // WHEN
    const id = await m.create();
    // THEN the one comes from the log, the other from its rows
    await m.ends("c", ["_default/2=v2", "_default/3=v3"]);
    await m.ends("loaded", ["_default/2=v2"]);
    assert.ok(m.pagesRead.every((operation) => operation === "read-page loaded"));
    assert.equal(c.isLoaded, false);
    assert.ok(!m.h.target.writes.includes("insert loaded 1=v1,2=v2"));
    assert.ok(!m.h.target.writes.some((write) => /loaded.*1=v1/.test(write)));
    assert.equal(await m.state(id), "Running");
    await m.stop();
  });

  it("has its rows read when the log does not hold all of its life", async () => {
    using m = new Scene({ kind: "snapshot" });
    const c = m.collection("c", [1, 2]);
    m.expire();
    m.insert(c, [3]);
    await m.create();
    await m.ends("c", ["_default/1=v1", "_default/2=v2", "_default/3=v3"]);
    assert.ok(m.pagesRead.length > 0);
    await m.h.flowing("it is released", () => !c.isLoaded);
    await m.stop();
  });

  it("has its rows read when one of its channels lost a part of its life", async () => {
    using m = new Scene({ kind: "snapshot" });
    const c = m.collection("c", [1, 2]);
    m.h.source.log.expire("c1", m.h.source.log.ranges()[1]!.end);
    m.insert(c, [3]);
    await m.create();
    await m.ends("c", ["_default/1=v1", "_default/2=v2", "_default/3=v3"]);
    assert.ok(m.pagesRead.length > 0);
    await m.stop();
  });

  it("finds it again after a restart of the service", async () => {
    using m = new Scene({ kind: "snapshot" });
    m.collection("c", [1, 2]);
    const id = await m.create(undefined, true);
    const [known] = await m.h.store.listCollections(id);
    assert.deepEqual([known?.source.name, known?.copy, known?.barrierTs], ["c", undefined, 0n]);
    await m.manager.resume(id);
    await m.ends("c", ["_default/1=v1", "_default/2=v2"]);
    await m.stop();
  });

  it("leaves those alone that are not selected", async () => {
    using m = new Scene({ kind: "snapshot" });
    m.collection("c", [1]);
    m.collection("d", [1]);
    const spec = { ...m.h.task.spec, collections: ["d"] };
    const id = await m.manager.create(spec, { disableAutoStart: true }, new AbortController().signal);
    assert.deepEqual(
      (await m.h.store.listCollections(id)).map(({ source }) => source.name),
      ["d"],
    );
  });

  it("does not take another one of its name for it", async () => {
    using m = new Scene({ kind: "snapshot" });
    const old = m.collection("c", [1]);
    const held = m.h.faults.hold("describe c");
    const creating = m.create(undefined, true);
    await held.arrived;
    m.h.source.drop(old);
    m.collection("c", [2]);
    held.release();
    const id = await creating;
    assert.deepEqual(await m.h.store.listCollections(id), []);
    await m.manager.resume(id);
    await m.ends("c", ["_default/2=v2"]);
    await m.stop();
  });
});

describe("goneTargets", () => {
  const listing = { databases: [], collections: new Map([[1n, { database: "default", name: "kept" }]]) };
  const name = (text: string) => ({ database: "default", name: text });
  const gone = (text: string) => ({ name: name(text), onlyPartitions: aCollection().onlyPartitions });

  it("are the names of what is gone, also those of a rename under way", () => {
    const known = [
      aCollection({ id: 1n, target: name("kept"), formerTarget: undefined }),
      aCollection({ id: 2n, target: name("a"), formerTarget: name("b") }),
      aCollection({ id: 3n, target: name("c"), formerTarget: undefined }),
    ];
    assert.deepEqual(goneTargets(known, listing), ["a", "b", "c"].map(gone));
    assert.deepEqual(goneTargets(known.slice(0, 1), listing), []);
  });

  it("are not those of a living one for whose name one that is gone had waited", () => {
    const known = [
      aCollection({ id: 1n, target: name("x"), formerTarget: name("y"), isMerged: false }),
      aCollection({ id: 2n, target: name("x"), formerTarget: undefined, isMerged: undefined }),
      aCollection({ id: 3n, target: name("y"), formerTarget: undefined, isMerged: undefined }),
    ];
    assert.deepEqual(goneTargets(known, listing), []);
  });

  it("are those of one that is gone, though a living one waits for them", () => {
    const known = [
      aCollection({ id: 1n, target: name("x"), formerTarget: undefined, isMerged: undefined }),
      aCollection({ id: 2n, target: name("x"), formerTarget: undefined, isMerged: true }),
    ];
    assert.deepEqual(goneTargets(known, listing), [gone("x")]);
  });
});
