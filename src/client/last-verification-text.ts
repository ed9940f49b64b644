import { LastVerification_Outcome as Outcome, type LastVerification } from "#gen/milvus/cdc/v1/task_pb.js";
import { countTexts, DIFFERENCES, REPAIRS } from "./verification-counts.js";
import { REPAIRED } from "./verification-text.js";

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  [Outcome.UNSPECIFIED]: "unknown",
  [Outcome.EQUAL]: "equal",
  [Outcome.DIFFER]: "source and target differ",
  [Outcome.INCOMPLETE]: "no difference, and not all could be compared",
};

const FOUND = [...DIFFERENCES, ...REPAIRS] as const;

/** What the last verification came to, in a line, without its time. */
export function lastVerificationText(last: LastVerification): string {
  const outcome = last.isRepaired ? REPAIRED : OUTCOMES[last.outcome];
  return [
    `${outcome} (${last.level})`,
    `${last.comparedRows} rows compared`,
    ...countTexts(last, FOUND),
  ].join(", ");
}
