import { once } from "node:events";
import { startSandbox, type Sandbox } from "./sandbox.js";
import { SandboxError } from "./sandbox-error.js";

const USAGE = `usage: sandbox-main up [--data DIR]

Starts Kafka, a source Milvus and a target Milvus, prints their addresses, one NAME=VALUE
a line, and runs until Ctrl-C. Progress goes to standard error.
`;

/** Runs the command line. Resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [command, option, dataDir] = args;
  const isUsable = command === "up" && (args.length === 1 || (option === "--data" && args.length === 3));
  if (!isUsable) {
    process.stderr.write(USAGE);
    return 2;
  }
  return up(dataDir);
}

async function up(dataDir: string | undefined): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted.abort();
    });
  }
  try {
    await using sandbox = await startSandbox({
      dataDir,
      signal: interrupted.signal,
      progress: printProgress,
    });
    process.stdout.write(renderAddresses(sandbox));
    await runUntil(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) return reportFailure(error);
  }
  return 0;
}

function renderAddresses({ kafka, source, target }: Sandbox): string {
  return [
    `KAFKA_BROKERS=${kafka.brokers.join(",")}`,
    `SOURCE_URI=${source.uri}`,
    `SOURCE_CHANNEL_PREFIX=${source.channelPrefix}`,
    `TARGET_URI=${target.uri}`,
    "",
  ].join("\n");
}

/** The servers do not keep this process alive, so a timer does. */
async function runUntil(signal: AbortSignal): Promise<void> {
  const keepAlive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, "abort");
  clearInterval(keepAlive);
}

function printProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function reportFailure(error: unknown): number {
  const text =
    error instanceof SandboxError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`sandbox: ${text}\n`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
