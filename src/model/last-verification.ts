import type { DIFFERENCE_COUNTS, VerifyLevel, VerifyResult } from "./verification.js";

export const VERIFICATION_OUTCOMES = ["equal", "differ", "incomplete"] as const;
/** `incomplete`: no difference was found, and not all could be compared. */
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number];

/** Numbers that a result has of each of its collections. */
export type VerificationCount = "comparedRows" | (typeof DIFFERENCE_COUNTS)[number] | "copied" | "deleted";

/** What is kept of a verification: what it found, in numbers over all collections. */
export interface LastVerification {
  /** When it ended. */
  readonly atMs: number;
  readonly level: VerifyLevel;
  readonly outcome: VerificationOutcome;
  readonly counts: Readonly<Record<VerificationCount, bigint>>;
  /** What is counted as copied and deleted was, and nobody has compared it since. */
  readonly isRepaired?: true | undefined;
  /** When the last one ended that was as close as the task's schedule asks for; undefined before the first. */
  readonly scheduleMetAtMs?: number | undefined;
}

export function summaryOf(result: VerifyResult, atMs: number): LastVerification {
  const { isEqual, isComplete, level, collections, isRepaired } = result;
  const sum = (name: VerificationCount): bigint => collections.reduce((all, one) => all + one[name], 0n);
  return {
    atMs,
    level,
    outcome: !isEqual ? "differ" : isComplete ? "equal" : "incomplete",
    counts: countsOf(sum),
    ...(isRepaired === true && { isRepaired }),
  };
}

/** All the numbers, each as it is asked for. */
export function countsOf(value: (name: VerificationCount) => bigint): LastVerification["counts"] {
  return {
    comparedRows: value("comparedRows"),
    missing: value("missing"),
    extra: value("extra"),
    differing: value("differing"),
    duplicated: value("duplicated"),
    structure: value("structure"),
    counts: value("counts"),
    copied: value("copied"),
    deleted: value("deleted"),
  };
}
