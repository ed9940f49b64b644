import { Gauge, type Registry } from "prom-client";
import type { TaskView } from "../../engine/task-view.js";
import { VERIFICATION_OUTCOMES } from "../../model/last-verification.js";
import { nextVerificationMs } from "../../model/next-verification.js";
import { DIFFERENCE_COUNTS } from "../../model/verification.js";

/** What the last verification of each task found, running or not, and when the next one is due. */
export function registerVerifications(registry: Registry, tasks: readonly TaskView[]): void {
  const gauge = <Label extends string>(name: string, help: string, labels: readonly Label[] = []) =>
    new Gauge({
      name: `milvus_cdc_task_${name}`,
      help,
      labelNames: ["task_id", ...labels],
      registers: [registry],
    });
  const at = gauge("last_verification_timestamp_seconds", "When the last verification ended.");
  const outcomes = gauge(
    "last_verification_outcome",
    "1 for what the last verification came to, 0 for the others.",
    ["outcome"],
  );
  const compared = gauge("last_verification_compared_rows", "Rows that the last verification compared.");
  const differences = gauge(
    "last_verification_differences",
    "What the last verification found, by kind, before the repair that may have been part of it.",
    ["kind"],
  );
  const repaired = gauge(
    "last_verification_repaired_rows",
    "Rows that the last verification has made equal; the next one shows whether they are.",
  );
  const every = gauge("verify_every_seconds", "How often a running task is to be verified by itself.");
  const due = gauge("verification_due_timestamp_seconds", "When a running task is to be verified next.");
  for (const { task } of tasks) {
    const { id: task_id, lastVerification: last, spec, state } = task;
    const dueMs = nextVerificationMs(task);
    if (state === "Running" && spec.verifySchedule !== undefined && dueMs !== undefined) {
      every.set({ task_id }, spec.verifySchedule.everySeconds);
      due.set({ task_id }, dueMs / 1000);
    }
    if (last === undefined) continue;
    at.set({ task_id }, last.atMs / 1000);
    compared.set({ task_id }, Number(last.counts.comparedRows));
    for (const outcome of VERIFICATION_OUTCOMES)
      outcomes.set({ task_id, outcome }, last.outcome === outcome ? 1 : 0);
    const { counts, isRepaired } = last;
    repaired.set({ task_id }, isRepaired === true ? Number(counts.copied + counts.deleted) : 0);
    for (const kind of DIFFERENCE_COUNTS) differences.set({ task_id, kind }, Number(counts[kind]));
  }
}
