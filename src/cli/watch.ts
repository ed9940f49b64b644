import { ConnectError } from "@connectrpc/connect";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { sleep } from "../async/abort.js";
import type { CdcClient } from "./client.js";
import { tasksText } from "./output.js";

const RECONNECT_AFTER_MS = 1_000;
const CLEAR = "\x1b[H\x1b[J";

/** Where text goes. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Shows all tasks whenever something changes, until the signal aborts: in place on a terminal, else a block of lines. A
 * service that does not answer is waited for.
 */
export async function watchTasks(client: CdcClient, screen: Screen, signal: AbortSignal): Promise<void> {
  let shown = "";
  const show = (text: string): void => {
    if (text === shown) return;
    shown = text;
    screen.write(screen.isTTY === true ? `${CLEAR}${text}\n` : `${text}\n`);
  };
  while (!signal.aborted) {
    try {
      await follow(client, show, signal);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
      if (!signal.aborted) show(`the service does not answer: ${ConnectError.from(error).rawMessage}`);
    }
    await sleep(RECONNECT_AFTER_MS, signal).catch(() => undefined);
  }
}

/** Ends with the stream, as when the service stops. */
async function follow(client: CdcClient, show: (text: string) => void, signal: AbortSignal): Promise<void> {
  const tasks = new Map<string, Task>();
  for await (const { update } of client.watchTasks({}, { signal })) {
    if (update.case === "task") tasks.set(update.value.taskId, update.value);
    else if (update.case === "goneTaskId") tasks.delete(update.value);
    // only now are they all of one moment
    else if (update.case === "heartbeat") show(tasksText([...tasks.values()], "table"));
  }
}
