#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from "commander";
import { startApp } from "./app.js";
import { VERIFY_LEVELS, verifyCommand, type VerifyCommand } from "./cli/verify.js";
import { loadConfig } from "./config/load-config.js";
import { CdcError } from "./model/errors.js";
import { createLogger } from "./observability/logger.js";

/** Exit codes: 0 stopped as asked, 1 a fault of the service, 2 the operator has to correct something. */
const EXIT_FAULT = 1;
const EXIT_CORRECT = 2;

async function serve({ config: path }: { config?: string }): Promise<void> {
  const config = loadConfig(path, process.env);
  const logger = createLogger({ level: config.log.level });
  const app = await startApp(config, logger);
  logger.info({ ...app.address, metastore: config.metastore.path }, "serving");
  const signal = await nextSignal();
  logger.info({ signal }, "stopping");
  await app.stop();
  logger.info("stopped");
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve(signal));
  });
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("give a positive whole number");
  return Number(text);
}

const program = new Command("milvus-cdc").description("Keeps a target Milvus equal to a source Milvus.");
program
  .command("serve")
  .description("start the service")
  .option("-c, --config <file>", "configuration (YAML); without it, defaults and MILVUS_CDC_… variables")
  .action(serve);
program
  .command("verify <task>")
  .description("compare both sides of a task; exit code 0 equal, 1 they differ, 2 not all could be compared")
  .addOption(new Option("--level <level>", "how closely").choices(VERIFY_LEVELS).default("full"))
  .option("--repair", "make rows that differ equal")
  .option("--dry-run", "with --repair: count what it would do, and do nothing")
  .option("--max-rows-per-second <rows>", "read of each side at most", positiveInteger)
  .option("--sample-ranges <ranges>", "ranges of keys of a sample, in each partition", positiveInteger)
  .option("--server <url>", "where the service answers", "http://127.0.0.1:8444")
  .action(async (task: string, options: VerifyCommand) => {
    process.exit(await verifyCommand(task, options, (line) => process.stdout.write(`${line}\n`)));
  });

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  const known = CdcError.from(error);
  const detail = known.code === "INTERNAL" && known.cause instanceof Error ? (known.cause.stack ?? "") : "";
  process.stderr.write(`${known.code}: ${known.message}\n${known.remedy}\n${detail}`);
  process.exit(known.action === "exit" ? EXIT_CORRECT : EXIT_FAULT);
}
