import { Code, ConnectError } from "@connectrpc/connect";
import { sleep } from "../async/abort.js";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { wholeLooks } from "../client/whole-looks.js";
import type { CdcClient } from "./client.js";
import type { Format } from "./format.js";
import { tasksJson, tasksText } from "./output.js";

const RECONNECT_AFTER_MS = 1_000;
const REFUSED: ReadonlySet<Code> = new Set([Code.Unauthenticated, Code.PermissionDenied]);
const CLEAR = "\x1b[H\x1b[J";

/** Where text goes. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Shows all tasks whenever something changes, until the signal aborts: in place on a terminal, else a block of lines; as
 * JSON a line, as YAML a document. A service that does not answer is waited for; with one that refuses, waiting is of no use.
 *
 * @throws ConnectError UNAUTHENTICATED, PERMISSION_DENIED
 */
export async function watchTasks(
  client: CdcClient,
  format: Format,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  let shown = "";
  const isInPlace = screen.isTTY === true && format === "table";
  const show = (text: string): void => {
    if (text === shown) return;
    shown = text;
    screen.write(isInPlace ? `${CLEAR}${text}\n` : `${text}\n`);
  };
  const tell = format === "table" ? show : (text: string) => process.stderr.write(`${text}\n`);
  while (!signal.aborted) {
    try {
      for await (const tasks of wholeLooks(client.watchTasks({}, { signal }))) show(lookText(tasks, format));
    } catch (error) {
      if (REFUSED.has(ConnectError.from(error).code)) throw error;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
      if (!signal.aborted) tell(`the service does not answer: ${ConnectError.from(error).rawMessage}`);
    }
    await sleep(RECONNECT_AFTER_MS, signal).catch(() => undefined);
  }
}

function lookText(tasks: readonly Task[], format: Format): string {
  if (format === "json") return JSON.stringify(tasksJson(tasks));
  return format === "yaml" ? `---\n${tasksText(tasks, format)}` : tasksText(tasks, format);
}
