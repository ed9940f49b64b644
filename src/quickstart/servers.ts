import { sandboxCacheDir } from "../sandbox/cache.js";
import { SandboxError, ServerStartError } from "../sandbox/sandbox-error.js";
import { startSandbox, type Sandbox } from "../sandbox/sandbox.js";
import { CannotStartError } from "./quickstart-error.js";
import { runStep } from "./step.js";
import type { Terminal } from "./terminal.js";

/** The first run downloads the servers. */
const TIMEOUT_MS = 20 * 60_000;

/** Provides Kafka and both Milvus. @throws CannotStartError when this machine lacks something; ServerStartError */
export async function provideServers(terminal: Terminal, signal: AbortSignal): Promise<Sandbox> {
  terminal.heading("1. Real servers: a source Milvus with its log in Kafka, and a target Milvus");
  terminal.detail(`programs are downloaded once, into ${sandboxCacheDir()}`);
  const step = { what: "starting the servers", timeoutMs: TIMEOUT_MS, signal };
  try {
    return await runStep(step, (bounded) =>
      startSandbox({ signal: bounded, progress: (line) => terminal.detail(line) }),
    );
  } catch (cause) {
    const isMissing = cause instanceof SandboxError && !(cause instanceof ServerStartError);
    throw isMissing ? new CannotStartError(cause.message, { cause }) : cause;
  }
}
