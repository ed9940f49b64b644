import { VERIFY_LEVELS, type VerifyLevel } from "./verification.js";

/** Comparisons of both sides that are made by themselves, as the user asked for them. */
export interface VerifySchedule {
  readonly everySeconds: number;
  /** `sample` when absent: it finds what numbers of rows cannot show, and does not grow with the rows. */
  readonly level?: VerifyLevel | undefined;
  readonly maxRowsPerSecond?: number | undefined;
}

export const DEFAULT_SCHEDULED_LEVEL: VerifyLevel = "sample";

/** Whether a verification of this level is as good as a scheduled one. */
export function meetsSchedule(schedule: VerifySchedule | undefined, level: VerifyLevel): boolean {
  const wanted = schedule?.level ?? DEFAULT_SCHEDULED_LEVEL;
  return schedule !== undefined && VERIFY_LEVELS.indexOf(level) >= VERIFY_LEVELS.indexOf(wanted);
}
