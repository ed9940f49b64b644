import assert from "node:assert/strict";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { rows } from "../../support/engine-harness.js";
import { CHANNELS, MINUTE, Scene } from "../../support/engine-resnapshot-scene.js";

const SELECTED = ["a", "_default"];
const OWN = "own/7=own";

function scene(): Scene {
  return new Scene(true, { collections: [{ name: "*", partitions: SELECTED }] });
}

function wanted({ h }: Scene, name: string): string[] {
  const own = SELECTED.flatMap((partition) =>
    h.source.rows(name).filter((row) => row.startsWith(`${partition}/`)),
  );
  return [...own, OWN].sort();
}

/** A replicated collection of three partitions, on a target that has a partition of its own. */
async function replicated(m: Scene, name: string): Promise<FakeCollection> {
  const { h } = m;
  const own = h.target.make(name);
  own.rowsIn("own").set(7n, ["own"]);
  const c = h.source.create(name, CHANNELS);
  c.isLoaded = true;
  if (m.id === "") m.id = await m.create();
  for (const partition of ["_default", "a", "b"]) h.source.insert(c, rows([1, 2, 3]), partition);
  h.source.flush();
  await h.until("the rows are there", () => h.target.rows(name).length === 7);
  await h.until("they are loaded", () => SELECTED.every((partition) => own.loaded.has(partition)), 20_000);
  return c;
}

async function copiedAnew(m: Scene, name: string): Promise<void> {
  await m.h.flowing(`${name} is copied`, async () => {
    const { observation } = await m.manager.get(m.id);
    const found = observation?.collections.find(({ collection }) => collection.source.name === name);
    return found?.phase === "streaming" && found.copy === undefined;
  });
}

describe("a task of some partitions that begins anew", () => {
  it("deletes what the source no longer has of them, and nothing else", async () => {
    using m = scene();
    const c = await replicated(m, "c");
    await m.pause();
    m.h.source.delete(c, [2n]);
    m.h.source.insert(c, rows([8]), "b");
    m.h.source.insert(c, rows([8]), "a");
    m.expire();
    await m.resnapshot();
    await copiedAnew(m, "c");
    assert.deepEqual(m.h.target.rows("c"), wanted(m, "c"));
    await m.stop();
  });

  it("drops those that were dropped meanwhile, and not the target's own", async () => {
    using m = scene();
    const c = await replicated(m, "c");
    await m.pause();
    m.h.source.dropPartition(c, "a");
    m.expire();
    await m.resnapshot();
    await copiedAnew(m, "c");
    assert.deepEqual(m.h.target.rows("c"), wanted(m, "c"));
    assert.deepEqual([...m.h.target.table("c")!.partitions.keys()].sort(), ["_default", "own"]);
    await m.stop();
  });

  it("keeps a target that is not loaded, where another one would be made anew, and loads what it needs", async () => {
    using m = scene();
    const c = await replicated(m, "c");
    await m.pause();
    m.h.source.delete(c, [1n]);
    m.h.target.table("c")!.loaded.clear();
    m.expire();
    await m.resnapshot();
    await copiedAnew(m, "c");
    assert.deepEqual(m.h.target.rows("c"), wanted(m, "c"));
    assert.ok(!m.h.target.table("c")!.loaded.has("own"));
    assert.ok(!m.h.target.writes.includes("drop c"));
    await m.stop();
  });

  it("keeps it also when the log tells all of its life, and it is not loaded on the source", async () => {
    using m = scene();
    await replicated(m, "other");
    await m.pause();
    m.expire();
    await m.resnapshot();
    m.h.source.flush();
    m.h.source.pass(MINUTE);
    const c = await replicated(m, "c");
    await m.pause();
    c.isLoaded = false;
    m.h.source.delete(c, [1n]);
    // and a row of which no log tells
    m.h.target.table("c")!.rowsIn("a").set(99n, ["stray"]);
    m.h.source.flush();
    await m.resnapshot();
    await copiedAnew(m, "c");
    assert.deepEqual(m.h.target.rows("c"), wanted(m, "c"));
    await m.stop();
  });

  it("leaves the target's own of a collection that is gone", async () => {
    using m = scene();
    await replicated(m, "kept");
    const gone = await replicated(m, "gone");
    await m.pause();
    m.h.source.drop(gone);
    m.expire();
    await m.resnapshot();
    await copiedAnew(m, "kept");
    assert.deepEqual(m.h.target.rows("gone"), [OWN]);
    await m.stop();
  });
});
