import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { runCommand } from "../../src/sandbox/run-command.js";
import { provideGoModule, provideGoProgram } from "../toolchain/go.js";
import { PROVIDE_TIMEOUT_MS, toolchainContext } from "../toolchain/toolchain-context.js";

const FOLDER = "test/conformance";
const SERVER = "server.mjs";
/** It runs for half a minute on a machine that does nothing else. */
const RUN_TIMEOUT_MS = 10 * 60_000;

describe("Connect's referee", () => {
  const context = toolchainContext();
  let temporary: string;
  let descriptors: string;
  let referee: string;

  before(async function () {
    this.timeout(PROVIDE_TIMEOUT_MS);
    temporary = await mkdtemp(join(tmpdir(), "conformance-"));
    descriptors = join(temporary, "descriptors.binpb");
    referee = join(await provideGoProgram("connectconformance", context), "connectconformance");
    const protos = join(await provideGoModule("connectrpc.com/conformance", context), "proto");
    const { signal } = context;
    const args = ["build", protos, "-o", descriptors, "--as-file-descriptor-set"];
    await runCommand(join("node_modules", ".bin", "buf"), args, { timeoutMs: PROVIDE_TIMEOUT_MS, signal });
    // it is started dozens of times, four at once, and has ten seconds each
    await build({
      configFile: false,
      logLevel: "warn",
      ssr: { noExternal: true },
      build: {
        ssr: `${FOLDER}/server-main.ts`,
        outDir: temporary,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: SERVER } },
      },
    });
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  it("finds nothing in 2,600 calls that known-failing.txt does not explain", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const lists = ["--conf", `${FOLDER}/config.yaml`, "--known-failing", `@${FOLDER}/known-failing.txt`];
    // what is told of a deadline is compared with a clock, and the machine may be busy
    const flaky = ["--known-flaky", "Deadline Propagation/**"];
    const server = [process.execPath, join(temporary, SERVER), descriptors];
    const { code, output } = await run(["--mode", "server", ...lists, ...flaky, "--", ...server]);
    assert.equal(code, 0, output);
    const calls = Number(/^Total cases: (\d+)$/m.exec(output)?.[1]);
    assert.ok(calls > 2_600, output);
  });

  async function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(referee, args, { stdio: ["ignore", "pipe", "pipe"], timeout: RUN_TIMEOUT_MS });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  }
});
