import { isAnyPortTaken, pickFreePorts, type PickPorts } from "./free-ports.js";
import { NotReadyError, PortTakenError, ServerStartError } from "./sandbox-error.js";
import type { Progress } from "./progress.js";
import {
  createDataRoot,
  createServerDirectory,
  removeServerDirectory,
  type DataRoot,
  type ServerDirectory,
} from "./server-directory.js";
import { runUntilReady, type ServerPlan } from "./server.js";
import type { ServerProcess } from "./server-process.js";

const MAX_ATTEMPTS = 3;

/** What is known before the ports are. */
export interface StartServerOptions {
  readonly name: string;
  readonly portCount: number;
  /** Folder shared with other servers; a temporary one of its own when undefined. */
  readonly root?: DataRoot | undefined;
  readonly pickPorts?: PickPorts | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Writes the configuration into the folder and tells how to run the server on the ports. */
export type PreparePlan<Plan extends ServerPlan> = (
  directory: ServerDirectory,
  ports: readonly number[],
) => Promise<Plan>;

/** A server that is ready, and the plan it was started by. */
export interface StartedServer<Plan extends ServerPlan> {
  readonly plan: Plan;
  readonly process: ServerProcess;
}

/**
 * Starts a server on free ports. Between choosing a port and listening on it another
 * program can take it: when a start fails and one of its ports turns out to be taken, it
 * is tried again with other ports.
 *
 * Nothing is left behind when it fails: no process, no throw-away folder.
 * @throws ServerStartError with the end of the server's log; the signal's reason when aborted
 */
export async function startServer<Plan extends ServerPlan>(
  options: StartServerOptions,
  prepare: PreparePlan<Plan>,
): Promise<StartedServer<Plan>> {
  const { name, portCount, pickPorts = pickFreePorts, progress, signal } = options;
  for (let attempt = 1; ; attempt++) {
    const root = options.root ?? (await createDataRoot(undefined));
    const directory = await createServerDirectory(root, name);
    const ports = await pickPorts(portCount);
    try {
      const plan = await prepare(directory, ports);
      return { plan, process: await runUntilReady(plan, signal) };
    } catch (cause) {
      await removeServerDirectory(directory);
      if (attempt === MAX_ATTEMPTS || !(await isWorthAnotherTry(cause, ports))) throw cause;
      progress(`${name} is tried again with other ports: ${firstLine(cause)}`);
    }
  }
}

/** Whether a port was taken, or Milvus hung in its start, as it does once in a blue moon. */
async function isWorthAnotherTry(cause: unknown, ports: readonly number[]): Promise<boolean> {
  if (cause instanceof PortTakenError || cause instanceof NotReadyError) return true;
  return cause instanceof ServerStartError && (await isAnyPortTaken(ports));
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n", 1).join("");
}
