import { spawn } from "node:child_process";
import { once } from "node:events";

/** A program on a terminal of its own, as a person has it: typed at, and read. `await using` it. */
export class TypedShell implements AsyncDisposable {
  readonly #child;
  shown = "";

  constructor(program: string, args: readonly string[], env: Record<string, string> = {}) {
    const command = [program, ...args].map((word) => `'${word}'`).join(" ");
    this.#child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", COLUMNS: "200", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout.on("data", (bytes: Buffer) => (this.shown += bytes.toString()));
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** What was shown since, without what moves and colours it. */
  plainFrom(offset: number): string {
    return this.shown.slice(offset).replaceAll(/\u001b\[[\d;?]*[a-zA-Z]|\u0008|\r/g, "");
  }

  async ended(): Promise<number | null> {
    const [code] = (await once(this.#child, "close")) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGKILL"); // whose end hangs up the terminal
    await once(this.#child, "exit");
  }
}
