import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PRELOAD = fileURLToPath(new URL("stepped-clock.cjs", import.meta.url));

/** The clock of a Node process, to be set to wrong times while it runs; it stays wrong over restarts. */
export class SteppedClock implements AsyncDisposable {
  readonly #folder: string;
  readonly #file: string;

  static async create(): Promise<SteppedClock> {
    return new SteppedClock(await mkdtemp(join(tmpdir(), "milvus-cdc-clock-")));
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, "clock-offset-ms");
    writeFileSync(this.#file, "0");
  }

  /** What the process has to be started with. */
  get nodeArgs(): readonly string[] {
    return ["--require", PRELOAD];
  }

  get env(): Readonly<Record<string, string>> {
    return { STEPPED_CLOCK_FILE: this.#file };
  }

  /** From now on, the clock differs by so many ms from the machine's. */
  setWrongBy(ms: number, pid: number): void {
    writeFileSync(this.#file, `${ms}`);
    process.kill(pid, "SIGUSR2");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
