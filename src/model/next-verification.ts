import type { TaskRecord } from "./task.js";

/** When both sides are to be compared next, by what is remembered; undefined when never. */
export function nextVerificationMs({
  spec: { verifySchedule },
  createdAtMs,
  lastVerification,
}: Pick<TaskRecord, "spec" | "createdAtMs" | "lastVerification">): number | undefined {
  if (verifySchedule === undefined) return undefined;
  // that both sides are equal now is still to be shown
  if (lastVerification?.isRepaired === true) return lastVerification.atMs;
  return (lastVerification?.scheduleMetAtMs ?? createdAtMs) + verifySchedule.everySeconds * 1000;
}
