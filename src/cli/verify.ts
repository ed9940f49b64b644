import {
  VerifyLevel as Level,
  type CollectionVerification,
  type VerifyResult,
  type VerifyTaskResponse,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { differenceText, findings } from "../client/verification-text.js";
import { VERIFY_LEVELS } from "../model/verification.js";
import type { CdcClient } from "./client.js";

export interface VerifyCommand {
  readonly level: string;
  readonly repair?: boolean;
  readonly dryRun?: boolean;
  readonly maxRowsPerSecond?: number;
  readonly sampleRanges?: number;
}

/** Exit codes beside 0, both sides are equal. */
const EXIT_DIFFERS = 1;
const EXIT_INCOMPLETE = 2;

/** Asks the service to compare both sides of a task, prints what it tells, and answers the exit code. */
export async function verifyTask(
  client: CdcClient,
  taskId: string,
  { level, ...options }: VerifyCommand,
  print: (line: string) => void,
): Promise<number> {
  const request = { ...options, taskId, level: levelOf(level) };
  for await (const response of client.verifyTask(request)) {
    const code = tell(response, print);
    if (code !== undefined) return code;
  }
  throw new Error("the service ended the verification without a result");
}

/** Prints what a verification tells; answers its exit code with the result. */
export function tell({ update }: VerifyTaskResponse, print: (line: string) => void): number | undefined {
  if (update.case === "progress") {
    const { database, collection, collectionsDone, collectionsTotal, comparedRows } = update.value;
    const place = `${database}.${collection} (${collectionsDone + 1} of ${collectionsTotal})`;
    print(`${place}: ${comparedRows} rows compared`);
  } else if (update.case === "difference") print(differenceText(update.value));
  return update.case === "result" ? report(update.value, print) : undefined;
}

export function levelOf(name: string): Level {
  return (
    [Level.COUNTS, Level.SAMPLE, Level.FULL][VERIFY_LEVELS.findIndex((level) => level === name)] ?? Level.FULL
  );
}

function report({ isEqual, isComplete, collections }: VerifyResult, print: (line: string) => void): number {
  for (const one of collections) print(collectionText(one));
  if (!isEqual) print("source and target differ");
  else
    print(
      isComplete ? "source and target are equal" : "no difference was found, and not all could be compared",
    );
  if (!isEqual) return EXIT_DIFFERS;
  return isComplete ? 0 : EXIT_INCOMPLETE;
}

function collectionText(one: CollectionVerification): string {
  const rows = `${one.sourceRows} rows at the source, ${one.targetRows} at the target, ${one.comparedRows} compared`;
  return `${one.database}.${one.collection}: ${[rows, ...findings(one)].join("; ")}`;
}
