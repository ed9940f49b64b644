import assert from "node:assert/strict";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { created, tables } from "../../support/engine-scenes.js";

describe("rows of a collection that is not selected", () => {
  it("move the checkpoint and cost no write of the frontier", async () => {
    using h = new EngineHarness(["c0"], { collections: ["c"] });
    await h.createTask();
    const run = h.start();
    const other = created(h, "other");
    await h.caughtUp();
    const raised = (): number => h.faults.seen.filter((operation) => operation === "raiseFrontier").length;
    const before = raised();
    for (const key of [2, 3, 4]) {
      h.source.insert(other, rows([key]));
      h.source.flush();
      await h.caughtUp();
    }
    assert.equal(raised(), before);
    assert.deepEqual(tables(h), []);
    await h.stop(run);
  });
});
