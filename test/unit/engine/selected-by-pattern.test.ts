import assert from "node:assert/strict";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { created, tables } from "../../support/engine-scenes.js";

describe("a selection by patterns", () => {
  it("takes what matches, also when it is made later, and leaves out what is excluded", async () => {
    using h = new EngineHarness(["c0"], { collections: ["orders_*"], excluded: { "*": ["*_tmp"] } });
    await h.createTask();
    const run = h.start();
    created(h, "orders_1");
    created(h, "others");
    created(h, "orders_tmp");
    await h.caughtUp();
    const later = created(h, "orders_2");
    h.source.insert(later, rows([7]));
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(tables(h), ["default.orders_1", "default.orders_2"]);
    assert.deepEqual(h.target.rows("orders_2"), h.source.rows("orders_2"));
    await h.stop(run);
  });
});
