import assert from "node:assert/strict";
import type { ServiceProcess } from "./e2e-service.js";
import { eventually } from "./eventually.js";

/** The task runs, and has nothing to complain of; a complaint may outlive its cause by a look or two. */
export function isWell(service: ServiceProcess, taskId: string): Promise<void> {
  return eventually(async () => {
    const { state, reason } = await service.task(taskId);
    assert.deepEqual({ state, reason }, { state: "Running", reason: undefined });
  });
}
