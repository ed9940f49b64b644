import assert from "node:assert/strict";
import type { TaskSpec } from "../../../src/model/task.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { copied, filled, pagesRead, viewOf } from "../../support/engine-scenes.js";

function snapshot(spec: Partial<TaskSpec> = {}, channels?: readonly string[]): EngineHarness {
  return new EngineHarness(channels, { start: { kind: "snapshot" }, ...spec });
}

describe("a snapshot that is cut off and goes on", () => {
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

  it("does not write over what an earlier run had written, though another shard is far behind that", async () => {
    // GIVEN a change that is durable in the one channel, and the other channel, which is before it
    using h = snapshot();
    const c = filled(h, "c", [1]);
    await h.createTask();
    const first = h.start();
    h.source.insert(c, rows([2]));
    h.source.upsert(c, rows([1], "changed"));
    h.source.logSome("c1");
    const covered = h.source.tick("c1");
    await h.until("it is durable", async () => (await h.progress("c1"))?.tick === covered);
    await h.stop(first);
    // WHEN the next run begins to copy
    const second = h.start();
    for (const channel of ["c0", "c1"]) h.source.tick(channel);
    await h.until("it was read", () => pagesRead(h, "c") > 0);
    // THEN a page, which shows odd keys as they were at the time that is asked for, does no harm
    await copied(h, second, "c");
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=changed", "_default/2=v2"]);
    await h.stop(second);
  });
});
