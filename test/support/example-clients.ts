import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { FetchContext } from "../../src/sandbox/fetch-context.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { buildGo } from "../toolchain/go.js";
import { buildJavaClient } from "../toolchain/java.js";
import { providePython } from "../toolchain/python.js";
import { PROVIDE_TIMEOUT_MS } from "../toolchain/toolchain-context.js";

const run = promisify(execFile);

/** A program of test/clients, ready to run. */
export interface ExampleClient {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How the example of each language is built. */
export const exampleClients: Readonly<Record<string, (context: FetchContext) => Promise<ExampleClient>>> = {
  Node: () =>
    Promise.resolve({ command: process.execPath, args: ["--import", "tsx", "test/clients/node/main.ts"] }),
  Go: async (context) => {
    const folder = join(context.cacheDir, "go-client");
    await mkdir(folder, { recursive: true });
    const command = join(folder, `client-${process.pid}`);
    await buildGo("test/clients/go", ".", command, context);
    return { command, args: [] };
  },
  Python: async (context) => ({
    command: "python3",
    args: ["test/clients/python/main.py"],
    env: {
      PYTHONPATH: [resolve("gen/python"), await providePython(context)].join(delimiter),
      PYTHONDONTWRITEBYTECODE: "1",
    },
  }),
  Java: async (context) => ({
    command: "java",
    args: ["-cp", await buildJavaClient(resolve("test/clients/java"), context), "Main"],
  }),
};

/** Throws what mypy finds in the example client, or in the stubs that it uses. */
export async function checkPythonTypes(context: FetchContext): Promise<void> {
  const folder = "test/clients/python";
  const args = ["--cache-dir=/dev/null", "--config-file", join(folder, "mypy.ini"), folder];
  await runCommand("python3", ["-m", "mypy", ...args], {
    env: {
      PYTHONPATH: await providePython(context),
      MYPYPATH: [folder, "gen/python"].map((one) => resolve(one)).join(delimiter),
    },
    timeoutMs: PROVIDE_TIMEOUT_MS,
    signal: context.signal,
  });
}

/** Runs a client to its end; answers the steps it tells. */
export async function runExample(client: ExampleClient, args: readonly string[]): Promise<unknown[]> {
  const options = { env: { ...process.env, ...client.env }, timeout: 60_000 };
  const { stdout } = await run(client.command, [...client.args, ...args], options);
  return stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

/** What `tour` tells of a service that is well, in any language. */
export const TOUR: readonly unknown[] = [
  { step: "health", status: "SERVING" },
  { step: "create", created_once: true },
  { step: "list", is_listed: true },
  { step: "watch", states: ["Running", "Paused"] },
  { step: "resume", state: "Running" },
  { step: "bad_request", code: "INVALID_ARGUMENT", fields: ["milvus_connect_param", ""] },
  { step: "deadline", code: "DEADLINE_EXCEEDED" },
  { step: "cancellation", code: "CANCELLED" },
  { step: "delete", code_of_get: "NOT_FOUND" },
];
