import assert from "node:assert/strict";
import { StepAttempts } from "../../../src/engine/step-attempts.js";
import type { StructureStep } from "../../../src/model/structure.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";

const LOAD: StructureStep = { kind: "load", replicas: 1 };
const INDEX = { field: "v", name: "i", params: { index_type: "HNSW" } };
const CREATE: StructureStep = { kind: "create-index", index: INDEX };
const RELEASE: StructureStep = { kind: "release" };
const ALIAS: StructureStep = { kind: "create-alias", alias: "a" };

describe("StepAttempts", () => {
  it("lets a step that is asked for again and again be tried ever more seldom, down to once a minute", async () => {
    using time = new VirtualTime();
    const attempts = new StepAttempts();
    const start = time.now;
    const tries: number[] = [];
    for (let second = 0; second <= 300; second += 5) {
      if (attempts.plan([LOAD]).length > 0) {
        attempts.took(LOAD, "no memory");
        tries.push((time.now - start) / 1_000);
      }
      await time.advance(5_000);
    }
    assert.deepEqual(tries, [0, 5, 15, 35, 75, 135, 195, 255]);
  });

  it("waits no longer when the machine's clock is set back meanwhile", async () => {
    using time = new VirtualTime();
    const attempts = new StepAttempts();
    for (const wait of [0, 10_000]) {
      await time.advance(wait);
      assert.deepEqual(attempts.plan([LOAD]), [LOAD]);
      attempts.took(LOAD, "no memory");
    }
    time.setClockWrongBy(-3_600_000);
    assert.deepEqual(attempts.plan([LOAD]), []);
    await time.advance(10_000);
    assert.deepEqual(attempts.plan([LOAD]), [LOAD]);
  });

  it("forgets a step that is no longer asked for", async () => {
    using time = new VirtualTime();
    const attempts = new StepAttempts();
    for (let i = 0; i < 5; i++) {
      attempts.plan([LOAD]);
      attempts.took(LOAD, "no memory");
      await time.advance(60_000);
    }
    assert.equal(attempts.problems.length, 1);
    attempts.plan([]);
    assert.deepEqual(attempts.problems, []);
    assert.deepEqual(attempts.plan([LOAD]), [LOAD]);
  });

  it("says with the first refusal what to do", () => {
    const attempts = new StepAttempts();
    attempts.plan([CREATE]);
    attempts.took(CREATE, "invalid index type");
    assert.deepEqual(attempts.problems, [
      "create-index i of field v (HNSW) is not possible on the target: invalid index type. Use an index on the source that the target has, or upgrade the target; without its vector indexes the collection cannot be loaded there.",
    ]);
  });

  it("says what the target accepts three times without effect", () => {
    const attempts = new StepAttempts();
    for (const problems of [0, 0, 1]) {
      attempts.plan([LOAD]);
      attempts.took(LOAD);
      assert.equal(attempts.problems.length, problems);
    }
    assert.match(
      attempts.problems.join(),
      /load was accepted by the target 3 times and did not last.*memory/,
    );
  });

  it("does not have a collection released for a step that is not due", async () => {
    using time = new VirtualTime();
    const attempts = new StepAttempts();
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(attempts.plan([RELEASE, CREATE, ALIAS]), [RELEASE, CREATE, ALIAS]);
      attempts.took(CREATE, "invalid index type");
      attempts.took(ALIAS, "in use");
      await time.advance(1_000);
    }
    assert.deepEqual(attempts.plan([RELEASE, CREATE, ALIAS]), []);
    // an alias has nothing to do with it
    assert.deepEqual(attempts.plan([RELEASE, ALIAS]), [RELEASE]);
  });
});
