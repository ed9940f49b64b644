import { toJson } from "@bufbuild/protobuf";
import {
  VerifyDifferenceSchema,
  VerifyLevel as Level,
  VerifyResultSchema,
  type CollectionVerification,
  type VerifyDifference,
  type VerifyResult,
  type VerifyTaskResponse,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { differenceText, findings, verdictText } from "../client/verification-text.js";
import { VERIFY_LEVELS } from "../model/verification.js";
import type { CdcClient } from "./client.js";
import { structured, type Format } from "./format.js";
import type { ShownProgress } from "./progress.js";

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

/** What a verification has told so far: shown to people as it comes, kept for programs. */
export class VerificationReport {
  readonly #format: Format;
  readonly #progress: ShownProgress;
  readonly #print: (line: string) => void;
  readonly #differences: VerifyDifference[] = [];
  #result: VerifyResult | undefined;

  constructor(format: Format, progress: ShownProgress, print: (line: string) => void) {
    this.#format = format;
    this.#progress = progress;
    this.#print = print;
  }

  /** The exit code; undefined before the result. */
  get code(): number | undefined {
    if (this.#result === undefined) return undefined;
    if (!this.#result.isEqual) return EXIT_DIFFERS;
    return this.#result.isComplete ? 0 : EXIT_INCOMPLETE;
  }

  take({ update }: VerifyTaskResponse): void {
    if (update.case === "progress") this.#progress.show(update.value);
    else if (update.case === "difference") {
      this.#differences.push(update.value);
      this.tell(differenceText(update.value));
    } else if (update.case === "result") {
      this.#result = update.value;
      for (const one of update.value.collections) this.tell(collectionText(one));
      this.tell(verdictText(update.value));
    }
  }

  /** Takes the progress away. */
  clear(): void {
    this.#progress.clear();
  }

  /** A line for people alone. */
  tell(line: string): void {
    this.clear();
    if (this.#format === "table") this.#print(line);
  }

  /** Prints all of it for a program, with what else there is to say. */
  end(more: Readonly<Record<string, string | boolean>> = {}): void {
    if (this.#format === "table") return;
    const names = { useProtoFieldName: true };
    const differences = this.#differences.map((one) => toJson(VerifyDifferenceSchema, one, names));
    const result = this.#result && {
      result: toJson(VerifyResultSchema, this.#result, { ...names, ...ALWAYS }),
    };
    this.#print(structured({ differences, ...result, ...more }, this.#format));
  }
}

/** So that a program finds `is_equal` also when it is false. */
const ALWAYS = { alwaysEmitImplicit: true };

/** Asks the service to compare both sides of a task, and answers the exit code. */
export async function verifyTask(
  client: CdcClient,
  taskId: string,
  { level, ...options }: VerifyCommand,
  report: VerificationReport,
): Promise<number> {
  const request = { ...options, taskId, level: levelOf(level) };
  try {
    for await (const response of client.verifyTask(request)) report.take(response);
  } finally {
    report.clear();
  }
  const { code } = report;
  if (code === undefined) throw new Error("the service ended the verification without a result");
  report.end();
  return code;
}

export function levelOf(name: string): Level {
  return (
    [Level.COUNTS, Level.SAMPLE, Level.FULL][VERIFY_LEVELS.findIndex((level) => level === name)] ?? Level.FULL
  );
}

function collectionText(one: CollectionVerification): string {
  const rows = `${one.sourceRows} rows at the source, ${one.targetRows} at the target, ${one.comparedRows} compared`;
  return `${one.database}.${one.collection}: ${[rows, ...findings(one)].join("; ")}`;
}
