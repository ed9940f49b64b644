#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { clientCommands } from "./cli/commands.js";
import { completionCommand } from "./cli/completion.js";
import { contextCommand } from "./cli/context.js";
import { doctorCommand, type DoctorOptions } from "./cli/doctor.js";
import { sandboxCommand, type SandboxCommands } from "./cli/sandbox.js";
import { tokenCommand } from "./cli/token.js";
import { loadConfig } from "./config/load-config.js";
import type { Finding } from "./doctor/finding.js";
import { COMMAND_VARIABLES } from "./model/command-variables.js";
import { CdcError } from "./model/errors.js";
import { targetAddress } from "./model/target-address.js";
import { SandboxError } from "./sandbox/sandbox-error.js";
import { serve } from "./serve.js";

/** Exit codes, beside those of single commands: the README has all of them. */
const EXIT_FAULT = 1;
const EXIT_CORRECT = 2;
/** As the BSDs have it: not one of those that say how a comparison went. */
const EXIT_USAGE = 64;

async function* examineConfigured({ config: path, target }: DoctorOptions): AsyncGenerator<Finding, void> {
  const config = loadConfig(path, process.env);
  const token = process.env[COMMAND_VARIABLES.targetToken];
  const address = target === undefined ? undefined : targetAddress({ uri: target, token });
  const { examine } = await import("./examine.js");
  yield* examine(config, address);
}

async function loadSandbox(): Promise<SandboxCommands> {
  const { upSandbox } = await import("./sandbox/up.js");
  const { endRunningSandbox, sandboxSocket } = await import("./sandbox/running.js");
  return { up: upSandbox, down: () => endRunningSandbox(sandboxSocket(process.env)) };
}

function serveCommand(): Command {
  return new Command("serve")
    .description("start the service")
    .option("-c, --config <file>", "configuration (YAML); without it, defaults and MILVUS_CDC_… variables")
    .action(({ config }: { readonly config?: string }) => serve(config));
}

function createProgram(): Command {
  const program = new Command("milvus-cdc").description("Keeps a target Milvus equal to a source Milvus.");
  const commands = [
    serveCommand(),
    doctorCommand(examineConfigured).addHelpText(
      "after",
      "\nExit code 0: nothing is at fault, 1: something is, 2: the configuration is wrong.",
    ),
    ...clientCommands(),
    contextCommand(),
    tokenCommand(),
    sandboxCommand(loadSandbox),
  ];
  for (const command of commands) program.addCommand(command);
  program.addCommand(completionCommand(program));
  throwUsageErrors(program);
  return program;
}

/** Commander would end the process with 1, which says of a comparison that both sides differ. */
function throwUsageErrors(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwUsageErrors);
}

/** Says what went wrong. @returns the exit code */
function report(error: unknown): number {
  // it has said so itself
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof SandboxError) {
    process.stderr.write(`sandbox: ${error.message}\n`);
    return EXIT_FAULT;
  }
  const known = CdcError.from(error);
  const detail = known.code === "INTERNAL" && known.cause instanceof Error ? (known.cause.stack ?? "") : "";
  process.stderr.write(`${known.code}: ${known.message}\n${known.remedy}\n${detail}`);
  return known.action === "exit" ? EXIT_CORRECT : EXIT_FAULT;
}

try {
  await createProgram().parseAsync();
  process.exit();
} catch (error) {
  process.exit(report(error));
}
