import assert from "node:assert/strict";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";

/** A task that has caught up, and a row that no tick covers. */
async function withUncoveredRow(earlyApply: boolean | undefined): Promise<EngineHarness> {
  const h = new EngineHarness(["c0"], { earlyApply });
  await h.createTask();
  const c = h.source.create("c", ["c0"]);
  h.source.insert(c, rows([1]));
  h.source.flush();
  h.start();
  await h.caughtUp();
  h.source.insert(c, rows([2]));
  h.source.logSome("c0");
  await h.time.advance(5_000);
  return h;
}

describe("a row that no tick covers yet", () => {
  for (const earlyApply of [true, undefined])
    it(`is on the target already when early apply is ${earlyApply ?? "not spoken of"}`, async () => {
      using h = await withUncoveredRow(earlyApply);
      assert.equal(h.target.rows("c").length, 2);
    });

  it("waits for its tick when early apply is off", async () => {
    using h = await withUncoveredRow(false);
    assert.equal(h.target.rows("c").length, 1);
    h.source.flush();
    await h.caughtUp();
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
  });
});

describe("changes of a row that no tick covers yet", () => {
  /** A task that has caught up with one row, and the collection. */
  async function withRow(h: EngineHarness): Promise<FakeCollection> {
    await h.createTask();
    const c = h.source.create("c", ["c0"]);
    h.source.insert(c, rows([1]));
    h.source.flush();
    h.start();
    await h.caughtUp();
    return c;
  }

  it("deletes it at once", async () => {
    using h = new EngineHarness(["c0"]);
    const c = await withRow(h);
    h.source.delete(c, [1n]);
    h.source.logSome("c0");
    await h.time.advance(1_000);
    assert.deepEqual(h.target.rows("c"), []);
  });

  it("replaces it at once, by one upsert when both halves have come", async () => {
    using h = new EngineHarness(["c0"]);
    const c = await withRow(h);
    h.source.upsert(c, rows([1], "new"));
    h.source.logSome("c0");
    await h.time.advance(1_000);
    assert.deepEqual(h.target.rows("c"), h.source.rows("c"));
    assert.deepEqual(h.target.writes.slice(-1), ["upsert c 1=new"]);
  });
});
