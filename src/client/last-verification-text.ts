import { LastVerification_Outcome as Outcome, type LastVerification } from "#gen/milvus/cdc/v1/task_pb.js";

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  [Outcome.UNSPECIFIED]: "unknown",
  [Outcome.EQUAL]: "equal",
  [Outcome.DIFFER]: "source and target differ",
  [Outcome.INCOMPLETE]: "no difference, and not all could be compared",
};

const FOUND = [
  "missing",
  "extra",
  "differing",
  "duplicated",
  "structure",
  "counts",
  "copied",
  "deleted",
] as const;

/** What the last verification came to, in a line, without its time. */
export function lastVerificationText(last: LastVerification): string {
  const found = FOUND.filter((name) => last[name] > 0n).map((name) => `${name} ${last[name]}`);
  return [`${OUTCOMES[last.outcome]} (${last.level})`, `${last.comparedRows} rows compared`, ...found].join(
    ", ",
  );
}
