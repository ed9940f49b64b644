import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { copied, filled, viewOf } from "../../support/engine-scenes.js";

/** A page of the fake source has two rows. */
const FIVE = [1, 2, 3, 4, 5] as const;
const TWENTY = Array.from({ length: 20 }, (_, i) => i + 1);
const NOT_LOADED = new CdcError("SOURCE_NOT_LOADED", "it has no index");

function snapshot(spec: Partial<TaskSpec> = {}, channels?: readonly string[]): EngineHarness {
  return new EngineHarness(channels, { start: { kind: "snapshot" }, ...spec });
}

describe("a snapshot of a collection that is not loaded", () => {
  it("loads it for the copy, and releases it after; the target is not loaded with it", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
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
    const c = filled(h, "c", FIVE);
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
    const c = filled(h, "c", FIVE);
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

  it("loads one partition after the other, and releases each as soon as it is copied", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    h.source.insert(c, rows([11]), "p");
    h.source.flush();
    c.isLoaded = false;
    await h.createTask();
    const run = h.start();
    await copied(h, run, "c");
    assert.deepEqual(
      h.faults.seen.filter((operation) => /^(load|release)-source/.test(operation)),
      ["_default", "p"].flatMap((name) => [`load-source c ${name}`, `release-source c ${name}`]),
    );
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    await h.stop(run);
  });

  it("releases it although the process dies in between, and it is renamed then", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
    c.isLoaded = false;
    await h.createTask();
    // GIVEN a process that dies before it releases it
    let isDead = false;
    const first = h.start(async (operation, apply) => {
      isDead ||= operation.startsWith("release-source");
      return isDead ? new Promise(() => undefined) : apply();
    });
    await h.flowing("all is copied", () => isDead);
    h.time.clear();
    // WHEN it is renamed as the next one is about to do it
    const held = h.faults.hold("release-source");
    const second = h.start();
    let isHeld = false;
    void held.arrived.then(() => (isHeld = true));
    await h.flowing("it is about to be released", () => isHeld);
    h.source.rename(c, "next");
    held.release();
    // THEN
    await copied(h, second, "next");
    assert.equal(c.isLoaded, false);
    await h.stop(second);
    first.runner.stop(0);
  });

  it("releases it although it is renamed at that moment", async () => {
    using h = snapshot({}, ["c0"]);
    const c = filled(h, "c", FIVE);
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
    filled(h, "other", FIVE);
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
