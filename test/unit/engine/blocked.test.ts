import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { EngineHarness, phaseOf, rows } from "../../support/engine-harness.js";

const REJECTED = new CdcError("TARGET_REJECTED", "the target says no");
const DIFFERS = new CdcError("TARGET_SCHEMA_DIFFERS", "another schema");

describe("a collection that the target refuses", () => {
  for (const { name, operation, error } of [
    { name: "rows", operation: "insert bad", error: REJECTED },
    { name: "a schema", operation: "openCollection bad", error: DIFFERS },
  ]) {
    it(`is blocked alone, holds its checkpoint, and loses nothing when ${name} are mended and the task goes on`, async () => {
      // GIVEN two collections that share a channel, of which one is refused
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const bad = h.source.create("bad", ["c0"]);
      const good = h.source.create("good", ["c0"]);
      h.faults.reject(operation, error);
      h.source.insert(bad, rows([1]));
      h.source.insert(good, rows([1]));
      h.source.flush();
      const first = h.start();
      await h.until("it is blocked", () => phaseOf(first.runner.observe(), "bad") === "blocked");
      // WHEN both go on being written to, out of order
      for (let i = 2; i < 8; i++) {
        h.source.insert(bad, rows([i]));
        h.source.insert(good, rows([i]));
      }
      h.source.logSome("c0", (count) => Array.from({ length: count }, (_, i) => count - 1 - i));
      h.source.tick("c0");
      // THEN the other one flows
      await h.until("the good one has all", () => h.target.rows("good").length === 7);
      await h.time.advance(2_000);
      const reason = first.runner.observe().collections.find(({ phase }) => phase === "blocked")?.reason;
      assert.ok(
        reason?.includes(error.code) && reason.includes(error.message) && reason.includes(error.remedy),
      );
      await h.stop(first);
      assert.ok((await h.progress("c0"))!.checkpoint <= 3n);
      // and after a resume the refused one has all, too
      const second = h.start();
      await h.caughtUp();
      assert.deepEqual(h.target.rows("bad"), h.source.rows("bad"));
      assert.deepEqual(h.target.rows("good"), h.source.rows("good"));
      await h.stop(second);
    });
  }

  it("holds the lowest of its records, also when that is not the first one released", async () => {
    // GIVEN a blocked collection, and a tick that releases two of its records out of the log's order
    using h = new EngineHarness(["c0"]);
    await h.createTask();
    const bad = h.source.create("bad", ["c0"]);
    h.faults.reject("openCollection bad", DIFFERS);
    const first = h.start();
    await h.until("it is blocked", () => phaseOf(first.runner.observe(), "bad") === "blocked");
    h.source.insert(bad, rows([1]));
    h.source.insert(bad, rows([2]));
    h.source.logSome("c0", () => [1, 0]);
    h.source.tick("c0");
    await h.time.advance(2_000);
    // WHEN the task is stopped and goes on
    await h.stop(first);
    const second = h.start();
    await h.caughtUp();
    // THEN both are there
    assert.deepEqual(h.target.rows("bad"), ["_default/1=v1", "_default/2=v2"]);
    await h.stop(second);
  });

  it("keeps its name from a successor, whose rows would be lost with its late drop", async () => {
    // GIVEN a blocked collection that is dropped and made anew in another channel
    using h = new EngineHarness(["c0", "c1"]);
    await h.createTask();
    const bad = h.source.create("bad", ["c0"]);
    h.source.insert(bad, rows([1], "first"));
    h.source.flush();
    h.faults.reject("insert bad", REJECTED);
    const first = h.start();
    await h.until("it is blocked", () => phaseOf(first.runner.observe(), "bad") === "blocked");
    h.source.drop(bad);
    h.source.insert(h.source.create("bad", ["c1"]), rows([1], "second"));
    h.source.flush();
    await h.time.advance(3_000);
    // WHEN the task goes on
    await h.stop(first);
    const second = h.start();
    await h.caughtUp();
    // THEN the successor is there as a whole
    assert.deepEqual(h.target.rows("bad"), ["_default/1=second"]);
    await h.stop(second);
  });

  it("answers the requests that wait for it, and comparisons of the others go on", async () => {
    // GIVEN a request for a collection that is about to be blocked
    using h = new EngineHarness(["c0", "replicate-msg"]);
    await h.createTask();
    const bad = h.source.create("bad", ["c0"]);
    const good = h.source.create("good", ["c0"]);
    const run = h.start();
    await h.until("both stream", () =>
      run.runner.observe().collections.every(({ phase }) => phase === "streaming"),
    );
    const late = h.source.nextTs() + 1_000n;
    h.source.log.append("replicate-msg", { kind: "flush", ts: late, database: "default", names: ["bad"] });
    const compared = h.faults.hold("source-structure bad");
    await h.time.whenDone("it is being compared", compared.arrived);
    // WHEN it is blocked
    h.faults.reject("insert bad", REJECTED);
    h.source.insert(bad, rows([1]));
    h.source.insert(good, rows([1]));
    h.source.flush();
    compared.release();
    await h.until("it is blocked", () => phaseOf(run.runner.observe(), "bad") === "blocked");
    // THEN the request holds nothing, and the other one is still compared
    await h.until(
      "the request is let go",
      async () => (await h.progress("replicate-msg"))?.checkpoint === 1n,
    );
    good.isLoaded = true;
    await h.until("the good one is loaded", () => h.target.table("good")!.isLoaded);
    await h.stop(run);
  });
});
