import { sleep } from "../async/abort.js";
import type { CdcClient } from "./client.js";
import { tasksText } from "./output.js";

const LOOK_EVERY_MS = 1_000;
const CLEAR = "\x1b[H\x1b[J";

/** Where text goes. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Shows all tasks again and again, until the signal aborts: in place on a terminal, else a block of lines whenever
 * something has changed. A service that does not answer is waited for.
 */
export async function watchTasks(client: CdcClient, screen: Screen, signal: AbortSignal): Promise<void> {
  let shown = "";
  while (!signal.aborted) {
    const text = await client.listTasks({}, { signal }).then(
      ({ tasks }) => tasksText(tasks, "table"),
      (error: unknown) =>
        `the service does not answer: ${error instanceof Error ? error.message : String(error)}`,
    );
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
    if (signal.aborted) return;
    if (screen.isTTY === true) screen.write(`${CLEAR}${new Date().toISOString()}\n${text}\n`);
    else if (text !== shown) screen.write(`${text}\n`);
    shown = text;
    await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}
