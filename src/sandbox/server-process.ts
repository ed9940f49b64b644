import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import type { Socket } from "node:net";
import { SandboxError } from "./sandbox-error.js";
import type { ServerDirectory } from "./server-directory.js";

/**
 * Becomes the server (same pid), after leaving behind a watcher that reads from a pipe
 * whose other end only this Node process holds. A line means that all is well and the
 * watcher may go. The pipe's end means that this process is gone, even by SIGKILL: then
 * the watcher kills the server and removes its throw-away data.
 *
 * The pid cannot have been given to a stranger by then: the watcher is in the process
 * group of that number, so the kernel keeps the number reserved.
 */
const SUPERVISED_START = `
dir=$1 root=$2; shift 2
(
  read -r _ <&3 && exit
  kill -9 $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $$ || break; sleep 0.1; done
  if [ -n "$dir" ]; then rm -rf -- "$dir"; rmdir -- "$root"; fi
) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** A program to run as a server. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to a small clean environment: a server must not see settings meant for others. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs; when not kept, it is removed if this process dies. */
  readonly directory: ServerDirectory;
  /** Gets what it writes, appended. */
  readonly logFile: string;
}

/** One run of a server program. It never outlives this Node process, however that ends. */
export class ServerProcess {
  readonly pid: number;
  /** Resolves once the process is gone, with how it ended, such as "exit code 1". */
  readonly ended: Promise<string>;
  #isRunning = true;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#isRunning = false;
        dismissWatcher(child);
        resolve(signal ?? `exit code ${String(code)}`);
      });
    });
  }

  /**
   * Starts the program; it may still fail a moment later.
   * @throws SandboxError when no process can be made at all
   */
  static async start(server: ServerCommand): Promise<ServerProcess> {
    const { directory } = server;
    const removable = directory.isKept ? ["", ""] : [directory.path, directory.root];
    const log = await fs.open(server.logFile, "a");
    try {
      const child = spawn(
        "sh",
        ["-c", SUPERVISED_START, "sh", ...removable, server.command, ...server.args],
        {
          cwd: directory.path,
          detached: true, // a group of its own: Ctrl-C at the terminal is for the parent alone
          env: { ...cleanEnv(), ...server.env },
          stdio: ["ignore", log.fd, log.fd, "pipe"],
        },
      );
      return new ServerProcess(child, await spawnedPid(child));
    } finally {
      await log.close();
    }
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Sends a signal; does nothing once the process is gone. */
  signal(signal: NodeJS.Signals): void {
    // child.kill() never hits a stranger: Node knows when the pid was reaped.
    this.#child.kill(signal);
  }

  /** Ends the process for certain and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#end();
  }

  /** Asks the process to end, and kills it after `graceMs`. */
  async terminate(graceMs: number): Promise<void> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => {
      this.signal("SIGKILL");
    }, graceMs);
    await this.#end();
    clearTimeout(timer);
  }

  async #end(): Promise<void> {
    this.#child.ref(); // an awaited end does keep the program alive
    await this.ended;
  }
}

async function spawnedPid(child: ChildProcess): Promise<number> {
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new SandboxError("cannot start a server process with `sh`", { cause });
  }
  if (child.pid === undefined) throw new SandboxError("a server process was started without a pid");
  // A sandbox nobody stops must not keep the program alive: the watchers clear up behind it.
  child.unref();
  const pipe = watcherPipe(child);
  pipe?.unref();
  pipe?.on("error", () => undefined); // the watcher is gone: somebody killed the whole process group
  return child.pid;
}

function dismissWatcher(child: ChildProcess): void {
  watcherPipe(child)?.end("done\n");
}

function watcherPipe(child: ChildProcess): Socket | undefined {
  return (child.stdio[3] as Socket | null | undefined) ?? undefined;
}

function cleanEnv(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
