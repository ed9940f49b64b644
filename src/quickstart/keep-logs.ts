import type { Sandbox } from "../sandbox/sandbox.js";
import type { Terminal } from "./terminal.js";
import type { WorkFolder } from "./work-folder.js";

/** Does something with the servers; when it fails, keeps their logs and tells where, before rejecting as it does. */
export async function keepLogsOnFailure(
  { folder, sandbox, terminal }: { folder: WorkFolder; sandbox: Sandbox; terminal: Terminal },
  signal: AbortSignal,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    signal.throwIfAborted(); // the person knows why
    await folder.keepLogs(sandbox);
    terminal.line(`  logs of the service, Kafka and both Milvus are kept in ${folder.path}`);
    throw error;
  }
}
