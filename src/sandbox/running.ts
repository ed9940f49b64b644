import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { sandboxCacheDir } from "./cache.js";
import { SandboxError } from "./sandbox-error.js";

/**
 * The sandbox that `up` holds, as `down` finds it: by a socket. Not by a file with a process id, which
 * would go on naming whoever gets that id after a process that was killed.
 */
export class RunningSandbox {
  readonly #server = createServer();
  readonly #waiting = new Set<Socket>();
  readonly #file: string;

  private constructor(file: string, onDown: () => void) {
    this.#file = file;
    this.#server.on("connection", (socket) => {
      this.#waiting.add(socket);
      socket.on("error", () => undefined); // who asked has gone
      socket.once("close", () => this.#waiting.delete(socket));
      // whoever only looks whether there is one says nothing
      socket.once("data", onDown);
    });
  }

  /** @param onDown - called when somebody wants it to end @throws SandboxError when one is running already */
  static async claim(file: string, onDown: () => void): Promise<RunningSandbox> {
    const other = await reach(file);
    other?.destroy();
    if (other !== undefined)
      throw new SandboxError("a sandbox is running already; end it by milvus-cdc sandbox down");
    await mkdir(path.dirname(file), { recursive: true });
    await rm(file, { force: true }); // of one that was killed
    const running = new RunningSandbox(file, onDown);
    running.#server.listen(file);
    await once(running.#server, "listening");
    return running;
  }

  /** Lets those go that wait for its end. */
  async release(): Promise<void> {
    await rm(this.#file, { force: true });
    this.#server.close();
    for (const socket of this.#waiting) socket.end();
  }
}

/** Ends the running sandbox and waits until it has ended; false when there is none. */
export async function endRunningSandbox(file: string): Promise<boolean> {
  const socket = await reach(file);
  if (socket === undefined) return false;
  socket.resume();
  socket.write("down\n");
  await once(socket, "close").catch(() => undefined); // cut off, which is an end as well
  return true;
}

/** One for each user: in XDG_RUNTIME_DIR, else where downloads are kept. */
export function sandboxSocket(env: NodeJS.ProcessEnv): string {
  const folder = env["XDG_RUNTIME_DIR"] ?? "";
  return path.join(folder === "" ? sandboxCacheDir(env) : folder, "milvus-cdc-sandbox.sock");
}

async function reach(file: string): Promise<Socket | undefined> {
  const socket = connect(file);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined; // no file, or nobody behind it
  }
}
