#!/usr/bin/env node
import { Command } from "commander";
import { clientCommands } from "./cli/commands.js";
import { loadConfig } from "./config/load-config.js";
import { CdcError } from "./model/errors.js";
import { createLogger } from "./observability/logger.js";

/** Exit codes: 0 stopped as asked, 1 a fault of the service, 2 the operator has to correct something. */
const EXIT_FAULT = 1;
const EXIT_CORRECT = 2;

async function serve({ config: path }: { config?: string }): Promise<void> {
  const config = loadConfig(path, process.env);
  const logger = createLogger({ level: config.log.level });
  // the other commands need next to nothing of it, and answer sooner without
  const { startApp } = await import("./app.js");
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

const program = new Command("milvus-cdc").description("Keeps a target Milvus equal to a source Milvus.");
program
  .command("serve")
  .description("start the service")
  .option("-c, --config <file>", "configuration (YAML); without it, defaults and MILVUS_CDC_… variables")
  .action(serve);
for (const command of clientCommands()) program.addCommand(command);

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  const known = CdcError.from(error);
  const detail = known.code === "INTERNAL" && known.cause instanceof Error ? (known.cause.stack ?? "") : "";
  process.stderr.write(`${known.code}: ${known.message}\n${known.remedy}\n${detail}`);
  process.exit(known.action === "exit" ? EXIT_CORRECT : EXIT_FAULT);
}
