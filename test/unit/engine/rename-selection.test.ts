import assert from "node:assert/strict";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { created, tables } from "../../support/engine-scenes.js";

/** A new name is seen within this time. */
const SEEN_MS = 4_000;

describe("a rename across the selection", () => {
  it("out of it changes nothing: what was replicated is still", async () => {
    using h = new EngineHarness(["c0"], { collections: ["c"] });
    await h.createTask();
    const run = h.start();
    const c = created(h, "c");
    await h.caughtUp();
    h.source.rename(c, "other");
    await h.until("it is renamed", () => h.target.table("other") !== undefined);
    h.source.insert(c, rows([2]));
    h.source.flush();
    await h.caughtUp();
    await h.stop(run);
    const second = h.start();
    h.source.insert(c, rows([3]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("other"), h.source.rows("other"));
    await h.stop(second);
  });

  for (const start of [{ kind: "latest" }, { kind: "snapshot" }, { kind: "time", ms: 0 }] as const) {
    for (const isRestarted of [false, true]) {
      const when = isRestarted ? ", also when the service was restarted in between" : "";
      it(`into it brings the rows that were let go before (${start.kind})${when}`, async () => {
        // GIVEN a collection that is not selected, and is written to
        using h = new EngineHarness(["c0"], { collections: ["c"], start });
        await h.createTask();
        let run = h.start();
        const c = created(h, "other");
        c.isLoaded = true;
        h.source.insert(c, rows([2, 3]));
        h.source.delete(c, [3n]);
        h.source.flush();
        await h.caughtUp();
        assert.deepEqual(tables(h), []);
        if (isRestarted) {
          await h.stop(run);
          run = h.start();
          await h.time.advance(SEEN_MS);
        }
        // WHEN it gets a name that is
        h.source.rename(c, "c");
        h.source.insert(c, rows([4]));
        h.source.flush();
        // THEN all of it is there
        await h.flowing("all is there", () => h.target.rows("c").length === 3);
        await h.caughtUp();
        assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
        await h.stop(run);
      });
    }
  }

  it("into it while the service is down brings the rows too", async () => {
    using h = new EngineHarness(["c0"], { collections: ["c"] });
    await h.createTask();
    const first = h.start();
    const c = created(h, "other");
    c.isLoaded = true;
    await h.caughtUp();
    await h.stop(first);
    h.source.rename(c, "c");
    const second = h.start();
    await h.flowing("all is there", () => h.target.rows("c").length === 1);
    await h.stop(second);
  });

  it("is no reason to read a collection whose every record is still to come", async () => {
    // GIVEN a collection that is made while the service is down, and is not loaded
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const first = h.start();
    created(h, "before");
    await h.caughtUp();
    await h.stop(first);
    created(h, "c");
    const second = h.start();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
    assert.ok(!h.faults.seen.some((operation) => operation.startsWith("partitions")));
    await h.stop(second);
  });
});
