import fs from "node:fs/promises";
import path from "node:path";
import { readListeningPorts } from "./listening-ports.js";
import { NotReadyError, PortTakenError, SandboxError, ServerStartError } from "./sandbox-error.js";
import { removeServerDirectory, type ServerDirectory } from "./server-directory.js";
import { ServerProcess, type ServerCommand } from "./server-process.js";
import { waitUntil } from "./wait-until.js";

const READY_TIMEOUT_MS = 90_000;
const READY_INTERVAL_MS = 100;
const STOP_GRACE_MS = 4_000;
const LOG_TAIL_BYTES = 4_000;

/** How to run a server and how to see that it is ready. */
export interface ServerPlan {
  /** Such as "kafka"; also names the log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: ServerDirectory;
  /** The TCP ports its clients use. */
  readonly ports: readonly number[];
  /** Whether it answers its clients now; never rejects. */
  readonly isReady: (signal: AbortSignal) => Promise<boolean>;
}

/**
 * A server of the sandbox: a real process that can be killed and started again on the
 * same ports with the same data. `await using` it, or call stop(); both are idempotent.
 */
export class Server implements AsyncDisposable {
  readonly name: string;
  /** Its folder: configuration, data and log; removed by stop() unless the user named it. */
  readonly dir: string;
  readonly logFile: string;
  readonly #plan: ServerPlan;
  #process: ServerProcess;
  readonly #stopping = new AbortController();
  #restarted: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  /** Takes over a process that is ready; see startServer. */
  constructor(plan: ServerPlan, process: ServerProcess) {
    this.name = plan.name;
    this.dir = plan.directory.path;
    this.logFile = logFileOf(plan);
    this.#plan = plan;
    this.#process = process;
  }

  /** The process id of the current run, or of the last one. */
  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Sends a signal (SIGKILL, SIGSTOP, SIGCONT, …). After SIGKILL it waits until the process is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (signal === "SIGKILL") await this.#process.kill();
    else this.#process.signal(signal);
  }

  /**
   * Kills the process if it still runs, starts it again and waits until it is ready.
   * @throws SandboxError after stop(); ServerStartError when it does not start
   */
  restart(signal: AbortSignal = new AbortController().signal): Promise<void> {
    this.#restarted = this.#startAgain(AbortSignal.any([signal, this.#stopping.signal]));
    return this.#restarted;
  }

  /** Ends the server and removes its throw-away data. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #startAgain(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#process.kill();
    this.#process = await runUntilReady(this.#plan, signal);
  }

  async #end(): Promise<void> {
    this.#stopping.abort(new SandboxError(`${this.name} was stopped for good`));
    await this.#restarted.catch(() => undefined); // told to its caller
    // Data nobody will read needs no orderly end.
    if (this.#plan.directory.isKept) await this.#process.terminate(STOP_GRACE_MS);
    else await this.#process.kill();
    await removeServerDirectory(this.#plan.directory);
  }
}

/**
 * Starts a process by its plan and waits until it is ready. When that fails, or the
 * signal fires, the process is ended first.
 * @throws ServerStartError with the end of its log
 */
export async function runUntilReady(plan: ServerPlan, signal: AbortSignal): Promise<ServerProcess> {
  signal.throwIfAborted();
  const server = await ServerProcess.start(commandOf(plan));
  try {
    await waitUntil(() => isReadyOrEnded(plan, server, signal), {
      what: `${plan.name} to be ready`,
      timeoutMs: READY_TIMEOUT_MS,
      intervalMs: READY_INTERVAL_MS,
      signal,
    });
    return server;
  } catch (cause) {
    await server.kill();
    if (signal.aborted || cause instanceof ServerStartError) throw cause;
    throw new NotReadyError(cause instanceof Error ? cause.message : String(cause), await logTail(plan));
  }
}

async function isReadyOrEnded(
  plan: ServerPlan,
  server: ServerProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const isReady = await plan.isReady(signal);
  if (!server.isRunning) {
    throw new ServerStartError(
      `${plan.name} ended while starting (${await server.ended})`,
      await logTail(plan),
    );
  }
  await checkPorts(plan, server, isReady);
  return isReady;
}

/** Milvus goes without a port that is taken, or moves to another one, and says nothing. */
async function checkPorts(plan: ServerPlan, server: ServerProcess, isReady: boolean): Promise<void> {
  const { own, all } = await readListeningPorts(server.pid);
  const lost = plan.ports.find((port) => !own.has(port) && (isReady || all.has(port)));
  if (lost === undefined) return;
  throw new PortTakenError(`${plan.name} could not have port ${lost}`, await logTail(plan));
}

function commandOf(plan: ServerPlan): ServerCommand {
  const { command, args, env, directory } = plan;
  return { command, args, env, directory, logFile: logFileOf(plan) };
}

function logFileOf(plan: ServerPlan): string {
  return path.join(plan.directory.path, `${plan.name}.log`);
}

async function logTail(plan: ServerPlan): Promise<string> {
  const text = await fs.readFile(logFileOf(plan), "utf8").catch(() => "");
  return `the end of its log:\n${text.slice(-LOG_TAIL_BYTES)}`;
}
