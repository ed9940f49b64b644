import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { CdcClient } from "./client.js";
import { levelOf, tell } from "./verify.js";

export interface SwitchoverCommand {
  readonly level: string;
  readonly maxRowsPerSecond?: number;
  readonly maxWaitSeconds?: number;
  readonly createReverse?: boolean;
}

/** Asks the service to drain, prove and pause a task, prints what it tells, and answers the exit code, as of `verify`. */
export async function switchOver(
  client: CdcClient,
  taskId: string,
  { level, ...options }: SwitchoverCommand,
  print: (line: string) => void,
): Promise<number> {
  let code: number | undefined;
  for await (const { update } of client.switchoverTask({ ...options, taskId, level: levelOf(level) })) {
    if (update.case === "drained")
      print(`the target has all that the source had written at ${timestampDate(update.value).toISOString()}`);
    else if (update.case === "verification") code = tell(update.value, print) ?? code;
    else if (update.case === "result") {
      print(
        `${update.value.isPaused ? "the task is paused" : "the task was not paused"}: ${update.value.next}`,
      );
      if (update.value.reverseTaskId !== undefined)
        print(`the reverse task is ${update.value.reverseTaskId}`);
      if (code !== undefined) return code;
    }
  }
  throw new Error("the service ended the switch-over without a result");
}
