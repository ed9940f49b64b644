/** `npm run conformance`: see README.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../src/sandbox/run-command.js";
import { provideGoModule, provideGoProgram } from "../toolchain/go.js";
import { PROVIDE_TIMEOUT_MS, toolchainContext } from "../toolchain/toolchain-context.js";

const FOLDER = "test/conformance";
const context = toolchainContext();
const temporary = await mkdtemp(join(tmpdir(), "conformance-"));
try {
  const referee = join(await provideGoProgram("connectconformance", context), "connectconformance");
  const protos = join(await provideGoModule("connectrpc.com/conformance", context), "proto");
  const descriptors = join(temporary, "descriptors.binpb");
  await runCommand("buf", ["build", protos, "-o", descriptors, "--as-file-descriptor-set"], {
    timeoutMs: PROVIDE_TIMEOUT_MS,
    signal: context.signal,
  });
  const lists = ["--conf", `${FOLDER}/config.yaml`, "--known-failing", `@${FOLDER}/known-failing.txt`];
  // what is told of a deadline is compared with a clock, and the machine may be busy
  const flaky = ["--known-flaky", "Deadline Propagation/**"];
  const server = [process.execPath, "--import", "tsx", `${FOLDER}/server-main.ts`, descriptors];
  const run = spawn(referee, ["--mode", "server", ...lists, ...flaky, "--", ...server], { stdio: "inherit" });
  const [code] = (await once(run, "exit")) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await rm(temporary, { recursive: true });
}
