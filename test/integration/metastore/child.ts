import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("committing-process.ts", import.meta.url));

/** A process of committing-process.ts. */
export class Child implements AsyncDisposable {
  /** Whole lines that it printed so far. */
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #firstLine: Promise<unknown>;

  constructor(...args: readonly string[]) {
    const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => this.lines.push(line));
    this.#firstLine = once(reader, "line");
    this.#closed = Promise.all([once(child, "close"), once(reader, "close")]);
    this.#process = child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What it says first: `held`, or why it cannot have the file. */
  async firstLine(): Promise<string> {
    await this.#firstLine;
    return this.lines[0] ?? "";
  }

  /** kill -9; resolves when it is dead and all it printed is in `lines`. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
