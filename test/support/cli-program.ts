import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built `milvus-cdc` as its own process, with the service's address in its environment, and no contexts of the user's. */
export class CliProgram {
  readonly #child;
  out = "";
  err = "";

  constructor(server: string, args: readonly string[], input = "", env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, ["dist/main.js", ...args], {
      env: { ...process.env, XDG_CONFIG_HOME: "/does/not/exist", MILVUS_CDC_SERVER: server, ...env },
    });
    this.#child.stdout.on("data", (bytes: Buffer) => (this.out += bytes.toString()));
    this.#child.stderr.on("data", (bytes: Buffer) => (this.err += bytes.toString()));
    this.#child.stdin.end(input);
  }

  async ended(): Promise<Ended> {
    const [code] = (await once(this.#child, "close")) as [number | null];
    return { code, out: this.out, err: this.err };
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }
}

export function runCli(server: string, ...args: string[]): Promise<Ended> {
  return new CliProgram(server, args).ended();
}
