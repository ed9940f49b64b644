#!/usr/bin/env node
import { Command } from "commander";
import { clientCommands } from "./cli/commands.js";
import { completionCommand } from "./cli/completion.js";
import { tokenCommand } from "./cli/token.js";
import { TOKEN_VARIABLE } from "./cli/create.js";
import type { Config } from "./config/config.js";
import { loadConfig } from "./config/load-config.js";
import { findingText } from "./doctor/doctor-text.js";
import { CdcError } from "./model/errors.js";
import { targetAddress } from "./model/target-address.js";
import { createLogger, type Logger } from "./observability/logger.js";

/** Exit codes: 0 stopped as asked, 1 a fault of the service, 2 the operator has to correct something. */
const EXIT_FAULT = 1;
const EXIT_CORRECT = 2;

interface Configured {
  readonly config?: string;
}

async function serve({ config: path }: Configured): Promise<void> {
  const config = loadConfig(path, process.env);
  let { level } = config.log;
  const logger = createLogger({ level: () => level });
  // the other commands need next to nothing of it, and answer sooner without
  const starting = import("./app.js").then(({ startApp }) => startApp(config, logger));
  process.on("SIGHUP", () => {
    const again = readAgain(path, logger);
    if (again === undefined) return;
    ({ level } = again.log);
    void starting.then((app) => app.reload(again)).catch(() => undefined); // told below when it did not start
  });
  const app = await starting;
  logger.info({ ...app.address, metastore: config.metastore.path }, "serving");
  const signal = await nextSignal();
  logger.info({ signal }, "stopping");
  await app.stop();
  logger.info("stopped");
}

/** The level of the log, who is answered, and certificates may change while the service runs; the rest waits for a restart. */
function readAgain(path: string | undefined, logger: Logger): Config | undefined {
  try {
    const config = loadConfig(path, process.env);
    logger.info(
      { logLevel: config.log.level, tokens: config.auth?.tokens.length },
      "configuration read again",
    );
    return config;
  } catch (error) {
    logger.error({ err: error }, "configuration not read again");
    return undefined;
  }
}

async function doctor({ config: path, target }: Configured & { target?: string }): Promise<void> {
  const config = loadConfig(path, process.env);
  const token = process.env[TOKEN_VARIABLE];
  const { examine } = await import("./examine.js");
  const address = target === undefined ? undefined : targetAddress({ uri: target, token });
  for await (const finding of examine(config, address)) {
    process.stdout.write(`${findingText(finding)}\n`);
    if (finding.level === "fault") process.exitCode = EXIT_FAULT;
  }
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
program
  .command("doctor")
  .description("look at the sources of a configuration, their log and a target, and say what to do")
  .option("-c, --config <file>", "as of serve")
  .option("--target <uri>", `a target Milvus to look at as well; its token is read from ${TOKEN_VARIABLE}`)
  .addHelpText("after", "\nExit code 0: nothing is at fault, 1: something is, 2: the configuration is wrong.")
  .action(doctor);
for (const command of clientCommands()) program.addCommand(command);
program.addCommand(tokenCommand());
program.addCommand(completionCommand(program));

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  const known = CdcError.from(error);
  const detail = known.code === "INTERNAL" && known.cause instanceof Error ? (known.cause.stack ?? "") : "";
  process.stderr.write(`${known.code}: ${known.message}\n${known.remedy}\n${detail}`);
  process.exit(known.action === "exit" ? EXIT_CORRECT : EXIT_FAULT);
}
