import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { SwitchoverResult } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { CdcClient } from "./client.js";
import { levelOf, type VerificationReport } from "./verify.js";

export interface SwitchoverCommand {
  readonly level: string;
  readonly maxRowsPerSecond?: number;
  readonly maxWaitSeconds?: number;
  readonly createReverse?: boolean;
}

/** Asks the service to drain, prove and pause a task, and answers the exit code, as of `verify`. */
export async function switchOver(
  client: CdcClient,
  taskId: string,
  { level, ...options }: SwitchoverCommand,
  report: VerificationReport,
): Promise<number> {
  let drained: Timestamp | undefined;
  let result: SwitchoverResult | undefined;
  try {
    for await (const { update } of client.switchoverTask({ ...options, taskId, level: levelOf(level) })) {
      if (update.case === "drained") {
        drained = update.value;
        report.tell(`the target has all that the source had written at ${textOf(drained)}`);
      } else if (update.case === "verification") report.take(update.value);
      else if (update.case === "result") {
        result = update.value;
        report.tell(`${result.isPaused ? "the task is paused" : "the task was not paused"}: ${result.next}`);
        if (result.reverseTaskId !== undefined) report.tell(`the reverse task is ${result.reverseTaskId}`);
      }
    }
  } finally {
    report.clear();
  }
  const { code } = report;
  if (result === undefined || code === undefined)
    throw new Error("the service ended the switch-over without a result");
  report.end({
    ...(drained !== undefined && { drained: textOf(drained) }),
    is_paused: result.isPaused,
    next: result.next,
    ...(result.reverseTaskId !== undefined && { reverse_task_id: result.reverseTaskId }),
  });
  return code;
}

function textOf(time: Timestamp): string {
  return timestampDate(time).toISOString();
}
