import assert from "node:assert/strict";
import type { ChangeEvent } from "../../../src/model/change-event.js";
import { hybridTs } from "../../../src/model/ids.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { insertOf } from "../../support/engine-rows.js";

const FAR = 2n ** 63n;

/** What has been left out of a running task. */
function skippedOf({ runner }: ReturnType<EngineHarness["start"]>): bigint {
  return runner.observe().skipped.reduce((sum, { records }) => sum + records, 0n);
}

describe("a record that is later than the source's time", () => {
  for (const [name, ts] of [
    ["of the year 3084 and more", FAR],
    ["of the largest number", 2n ** 64n - 1n],
    ["of tomorrow", hybridTs(1_700_000_000_000 + 86_400_000)],
  ] as const) {
    it(`is left out and counted, and holds nothing, when it is a tick ${name}`, async () => {
      // GIVEN a task that has met such a tick, and rows of before it that came after it
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const c = h.source.create("c", ["c0"]);
      const first = h.start();
      h.source.insert(c, rows([1]));
      h.source.log.append("c0", { kind: "tick", ts });
      h.source.insert(c, rows([2]));
      h.source.flush();
      await h.caughtUp();
      assert.equal(skippedOf(first), 1n);
      await h.stop(first);
      assert.ok((await h.progress("c0"))!.tick < hybridTs(1_700_000_000_000));
      // WHEN the task goes on after a restart
      const second = h.start();
      h.source.insert(c, rows([3]));
      h.source.flush();
      await h.caughtUp();
      // THEN nothing counts as older than what is durable
      assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
      assert.equal(h.target.rows("c").length, 3);
      await h.stop(second);
    });
  }

  const changes: Readonly<Record<string, (collectionId: bigint) => ChangeEvent>> = {
    insert: (collectionId) => insertOf({ ts: FAR, collectionId, partition: "_default", rows: rows([9]) }),
    delete: (collectionId) => ({
      kind: "delete",
      ts: FAR,
      collectionId,
      partition: "",
      partitionId: -1n,
      keys: [1n],
      sizeBytes: 10,
    }),
    "drop of a partition": (collectionId) => ({
      kind: "drop-partition",
      ts: FAR,
      collectionId,
      partition: "_default",
      partitionId: 1n,
    }),
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`does not hold its channel's checkpoint as ${name}, and is counted at its collection`, async () => {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const c = h.source.create("c", ["c0"]);
      const run = h.start();
      h.source.insert(c, rows([1]));
      h.source.flush();
      await h.caughtUp();
      h.source.log.append("c0", change(c.id));
      h.source.insert(c, rows([2]));
      h.source.flush();
      await h.caughtUp();
      assert.deepEqual(h.target.rows("c"), ["_default/1=v1", "_default/2=v2"]);
      const [view] = run.runner.observe().collections;
      assert.deepEqual(
        view?.skipped.map(({ records }) => records),
        [1n],
      );
      await h.stop(run);
    });
  }

  it("is no reason for a request to be waited for", async () => {
    using h = new EngineHarness(["c0", "replicate-msg"]);
    await h.createTask();
    h.source.create("c", ["c0"]);
    h.source.flush();
    const run = h.start();
    h.source.log.append("replicate-msg", { kind: "flush", ts: FAR, database: "default", names: ["c"] });
    await h.caughtUp();
    assert.equal(skippedOf(run), 1n);
    await h.stop(run);
  });
});

describe("a source whose clock is ahead of the service's", () => {
  it("is asked for its time once, and believed", async () => {
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.pass(1_700_000_000_000 + 3_600_000);
    const run = h.start();
    for (let i = 0; i < 20; i++) {
      h.source.insert(c, rows([i]));
      h.source.flush();
    }
    await h.caughtUp();
    assert.equal(h.target.rows("c").length, 20);
    assert.equal(skippedOf(run), 0n);
    // a few more times by the heartbeat
    assert.ok(h.faults.seen.filter((operation) => operation === "now").length <= 4);
    await h.stop(run);
  });
});
