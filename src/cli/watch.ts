import { ConnectError } from "@connectrpc/connect";
import { sleep } from "../async/abort.js";
import { wholeLooks } from "../client/whole-looks.js";
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
  for await (const tasks of wholeLooks(client.watchTasks({}, { signal }))) show(tasksText(tasks, "table"));
}
