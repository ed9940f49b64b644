import { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  CALLER_TOKEN_VARIABLE,
  clientOf,
  DEFAULT_SERVER,
  SERVER_VARIABLE,
  type CdcClient,
  type Served,
} from "./client.js";
import { createTask, TOKEN_VARIABLE, type CreateCommand } from "./create.js";
import { FORMATS, tasksText, taskText, type Format } from "./output.js";
import { switchOver, type SwitchoverCommand } from "./switchover.js";
import { VERIFY_LEVELS } from "../model/verification.js";
import { verifyTask, type VerifyCommand } from "./verify.js";
import { watchTasks } from "./watch.js";

/** The service refused, failed, or did not answer. The codes below are those of what was asked for. */
const EXIT_REFUSED = 3;
const OUTCOMES = "\nExit code 0: equal, 1: they differ, 2: not all could be compared.";

/** The commands that ask a service. Exit code 0: it is done; 3: it is not, and stderr says why. */
export function clientCommands(): readonly Command[] {
  return [
    listCommand(),
    getCommand(),
    createCommand(),
    ...changes(),
    watchCommand(),
    verifyCommand(),
    switchoverCommand(),
  ];
}

function listCommand(): Command {
  return asking("list", "show all tasks")
    .addOption(formatOption())
    .action(({ output, ...served }: Served & { output: Format }) =>
      carryOut(async () => print(tasksText((await clientOf(served).listTasks({})).tasks, output))),
    );
}

function getCommand(): Command {
  return askingOf("get", "show one task: its health, its collections and what happened to it")
    .addOption(formatOption())
    .action((taskId: string, { output, ...served }: Served & { output: Format }) =>
      carryOut(async () => {
        const { task } = await clientOf(served).getTask({ taskId });
        if (task !== undefined) print(taskText(task, output));
      }),
    );
}

function createCommand(): Command {
  return asking("create", "create a task, and print its id")
    .option("--target <uri>", `where the target Milvus is; its token is read from ${TOKEN_VARIABLE}`)
    .option("--collections <names...>", "names or patterns in the database default; without it, everything")
    .option("--exclude <names...>", "names or patterns that are left out, in every database")
    .option("--start <position>", "snapshot, latest, earliest or a time")
    .option("--verify-every-seconds <seconds>", "compare both sides that often by itself", positiveInteger)
    .addOption(
      new Option("--verify-level <level>", "how closely that is done (sample)").choices(VERIFY_LEVELS),
    )
    .option("--id <id>", "32 hex digits; creating twice with one id creates once")
    .option("--paused", "do not start it yet")
    .option("--dry-run", "create nothing, and print what would be replicated and what would not")
    .option("-f, --file <file>", "a whole request (`request_data`) as JSON or YAML; - reads stdin")
    .action((options: CreateCommand) => carryOut(async () => print(await createTask(options, process.env))));
}

/** What changes a task and answers nothing. */
function changes(): Command[] {
  const change = (
    name: string,
    description: string,
    act: (client: CdcClient, taskId: string) => Promise<unknown>,
  ) =>
    askingOf(name, description).action((taskId: string, served: Served) =>
      carryOut(() => act(clientOf(served), taskId)),
    );
  return [
    change("pause", "stop a task; what is in flight becomes durable first", (client, taskId) =>
      client.pauseTask({ taskId }),
    ),
    resumeCommand(),
    change("delete", "forget a task; the target keeps its data", (client, taskId) =>
      client.deleteTask({ taskId }),
    ),
  ];
}

function resumeCommand(): Command {
  return askingOf("resume", "start a task where it was")
    .option("--resnapshot", "make the target equal to what the source holds now, and go on from there")
    .option("--skip-blocked-record", "give up the records that block collections")
    .action((taskId: string, options: Served & { resnapshot?: boolean; skipBlockedRecord?: boolean }) => {
      const { resnapshot, skipBlockedRecord, ...served } = options;
      return carryOut(() => clientOf(served).resumeTask({ taskId, resnapshot, skipBlockedRecord }));
    });
}

function watchCommand(): Command {
  return asking("watch", "show all tasks again and again, until it is interrupted").action(
    (served: Served) => {
      const interrupted = new AbortController();
      process.once("SIGINT", () => interrupted.abort());
      process.once("SIGTERM", () => interrupted.abort());
      return carryOut(() => watchTasks(clientOf(served), process.stdout, interrupted.signal));
    },
  );
}

function verifyCommand(): Command {
  return askingOf("verify", "compare both sides of a task")
    .addOption(levelOption())
    .option("--repair", "make rows that differ equal")
    .option("--dry-run", "with --repair: count what it would do, and do nothing")
    .option("--max-rows-per-second <rows>", "read of each side at most", positiveInteger)
    .option("--sample-ranges <ranges>", "ranges of keys of a sample, in each partition", positiveInteger)
    .addHelpText("after", OUTCOMES)
    .action((taskId: string, { server, tokenFile, ...how }: Served & VerifyCommand) =>
      carryOut(async () => {
        process.exitCode = await verifyTask(clientOf({ server, tokenFile }), taskId, how, print);
      }),
    );
}

function switchoverCommand(): Command {
  return askingOf(
    "switchover",
    "with the writers stopped: drain a task, compare both sides, and pause it if they are equal",
  )
    .addOption(levelOption())
    .option("--max-rows-per-second <rows>", "read of each side at most", positiveInteger)
    .option("--max-wait-seconds <seconds>", "for the target to come up to the source (600)", positiveInteger)
    .option("--create-reverse", "then create a task from the target back to the source")
    .addHelpText("after", OUTCOMES)
    .action((taskId: string, { server, tokenFile, ...how }: Served & SwitchoverCommand) =>
      carryOut(async () => {
        process.exitCode = await switchOver(clientOf({ server, tokenFile }), taskId, how, print);
      }),
    );
}

function levelOption(): Option {
  return new Option("--level <level>", "how closely").choices(VERIFY_LEVELS).default("full");
}

function asking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--server <url>", "where the service answers").env(SERVER_VARIABLE).default(DEFAULT_SERVER),
    )
    .option(
      "--token-file <file>",
      `holds your token for the service; else it is read from ${CALLER_TOKEN_VARIABLE}`,
    );
}

/** The same, about one task. */
function askingOf(name: string, description: string): Command {
  return asking(name, description).argument("<task>", "its id");
}

function formatOption(): Option {
  return new Option("-o, --output <format>", "how it is shown").choices(FORMATS).default("table");
}

async function carryOut(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = EXIT_REFUSED;
  }
}

function explain(error: unknown): string {
  if (error instanceof ConnectError) return `${codeToString(error.code)}: ${error.rawMessage}`;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("give a positive whole number");
  return Number(text);
}
