import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { transition, type TaskCommand, type TaskState } from "../../../src/model/task.js";
import { aTask } from "../../support/metastore-values.js";

const ALLOWED: Readonly<Record<TaskState, Readonly<Record<TaskCommand, TaskState | undefined>>>> = {
  Initial: { pause: undefined, resume: "Running", fail: "Failed" },
  Running: { pause: "Paused", resume: undefined, fail: "Failed" },
  Paused: { pause: undefined, resume: "Running", fail: undefined },
  Failed: { pause: "Paused", resume: "Running", fail: undefined },
};

describe("transition", () => {
  for (const [from, commands] of Object.entries(ALLOWED)) {
    for (const [command, to] of Object.entries(commands)) {
      const task = aTask({ state: from as TaskState, revision: 4, reason: "before" });
      const name =
        to === undefined ? `refuses to ${command} what is ${from}` : `${command}: ${from} becomes ${to}`;
      it(name, () => {
        if (to === undefined) {
          const isConflict = (e: unknown): boolean =>
            e instanceof CdcError && e.code === "TASK_STATE_CONFLICT";
          assert.throws(() => transition(task, command as TaskCommand), isConflict);
        } else {
          const changed = { ...task, state: to, revision: 5, reason: "why" };
          assert.deepEqual(transition(task, command as TaskCommand, "why"), changed);
        }
      });
    }
  }

  it("forgets the old reason", () => {
    assert.equal(transition(aTask({ state: "Failed", reason: "before" }), "resume").reason, undefined);
  });
});
