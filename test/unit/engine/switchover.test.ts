import assert from "node:assert/strict";
import {
  switchOver,
  type SwitchoverDeps,
  type SwitchoverOptions,
  type SwitchoverUpdate,
} from "../../../src/engine/switchover.js";
import type { RowRepairs } from "../../../src/engine/row-repairs.js";
import type { VerifyResult } from "../../../src/model/verification.js";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import type { TaskView } from "../../../src/engine/task-view.js";
import { aTask } from "../../support/metastore-values.js";
import { retryingObservation } from "../../support/server-observations.js";

const TS = 77n;
const OPTIONS: SwitchoverOptions = { level: "full", maxWaitMs: 50, createReverse: false };
const REVERSE = { ...aTask().spec, reverseOf: aTask().id };

/** A running task of one collection; notes what is done to it, in order. */
class Scene {
  readonly done: string[] = [];
  result: VerifyResult = { isEqual: true, isComplete: true, level: "full", collections: [] };
  view: TaskView;
  planned: () => Promise<TaskSpec> = () => Promise.resolve(REVERSE);
  created: () => Promise<string> = () => Promise.resolve("r");
  passed: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  constructor() {
    const observation = retryingObservation("x");
    const collections = observation.collections
      .slice(0, 1)
      .map((one) => ({ ...one, phase: "streaming" as const }));
    this.view = { task: aTask(), observation: { ...observation, collections } };
  }

  get deps(): SwitchoverDeps {
    const repairs = {
      passed: async (ts: bigint, signal: AbortSignal) => {
        await this.passed(signal);
        this.done.push(`passed ${ts}`);
      },
    } as unknown as RowRepairs;
    return {
      get: () => Promise.resolve(this.view),
      now: () => Promise.resolve(TS),
      repairsOf: () => repairs,
      verify: () => this.#verify(),
      pause: () => {
        this.done.push("paused");
        return Promise.resolve();
      },
      planReverse: () => this.planned(),
      create: (spec) => {
        this.done.push(`created the reverse of ${spec.reverseOf ?? ""}`);
        return this.created();
      },
    };
  }

  async *#verify(): AsyncGenerator<SwitchoverUpdate & { kind: "result" }> {
    await Promise.resolve();
    this.done.push("verified");
    yield { kind: "result", result: this.result };
  }

  async run(options: Partial<SwitchoverOptions> = {}): Promise<SwitchoverUpdate[]> {
    const updates: SwitchoverUpdate[] = [];
    const never = new AbortController().signal;
    for await (const update of switchOver("a".repeat(32), { ...OPTIONS, ...options }, this.deps, never))
      updates.push(update);
    return updates;
  }
}

describe("switchOver", () => {
  it("drains, then compares, then pauses", async () => {
    const scene = new Scene();
    const updates = await scene.run();
    assert.deepEqual(scene.done, [`passed ${TS}`, "verified", "paused"]);
    assert.deepEqual(
      updates.map(({ kind }) => kind),
      ["drained", "result", "done"],
    );
    assert.deepEqual(updates[0], { kind: "drained", ts: TS });
    assert.match(
      JSON.stringify(updates[2], ["kind", "isPaused", "next"]),
      /true.*send clients to the target/,
    );
  });

  for (const [isEqual, isComplete, next] of [
    [false, true, /--repair/],
    [true, false, /not all could be compared/],
  ] as const)
    it(`does not pause what is ${isEqual ? "not wholly compared" : "different"}`, async () => {
      const scene = new Scene();
      scene.result = { ...scene.result, isEqual, isComplete };
      const last = (await scene.run()).at(-1);
      assert.ok(last?.kind === "done" && !last.isPaused);
      assert.match(last.next, next);
      assert.ok(!scene.done.includes("paused"));
    });

  it("is refused when the task does not run, or a collection cannot go on", async () => {
    const scene = new Scene();
    const { task, observation } = scene.view;
    scene.view = { task };
    await assert.rejects(scene.run(), /does not run; resume it/);
    assert.ok(observation);
    scene.view = { task, observation: retryingObservation("x") };
    await assert.rejects(scene.run(), /not streaming: default\.a \(blocked\)/);
    assert.deepEqual(scene.done, []);
  });

  it("is refused when the target does not come up to the source in time", async () => {
    const scene = new Scene();
    scene.passed = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    await assert.rejects(scene.run(), /has not come up to the source within 0\.05 s/);
    assert.deepEqual(scene.done, []);
  });

  it("creates the reverse task when the task is paused, before it answers", async () => {
    const scene = new Scene();
    const last = (await scene.run({ createReverse: true })).at(-1);
    assert.deepEqual(scene.done.slice(-2), ["paused", `created the reverse of ${aTask().id}`]);
    assert.ok(last?.kind === "done" && last.isPaused && last.reverseTaskId === "r");
    assert.match(last.next, /comes back by the reverse task/);
  });

  it("does nothing when there can be no reverse task, and makes none of what differs", async () => {
    const scene = new Scene();
    scene.planned = () => Promise.reject(new CdcError("TASK_STATE_CONFLICT", "no such source"));
    await assert.rejects(scene.run({ createReverse: true }), /no such source/);
    assert.deepEqual(scene.done, []);
    const other = new Scene();
    other.result = { ...other.result, isEqual: false };
    assert.equal((await other.run({ createReverse: true })).at(-1)?.kind, "done");
    assert.deepEqual(other.done, [`passed ${TS}`, "verified"]);
  });

  it("tells that the task is paused when the reverse task cannot be created in the end", async () => {
    const scene = new Scene();
    scene.created = () => Promise.reject(new CdcError("LOG_UNAVAILABLE", "no brokers"));
    const last = (await scene.run({ createReverse: true })).at(-1);
    assert.ok(last?.kind === "done" && last.isPaused && last.reverseTaskId === undefined);
    assert.match(last.next, /could not be created.*no brokers/);
  });
});
