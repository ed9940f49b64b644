import { Option, type Command } from "commander";
import { COMMAND_VARIABLES } from "../model/command-variables.js";
import { VERIFY_LEVELS } from "../model/verification.js";
import { asking, askingOf } from "./asking.js";
import { carryOut, print } from "./carry-out.js";
import { clientOf, type CdcClient, type Served } from "./client.js";
import { createTask, type CreateCommand } from "./create.js";
import { formatOption, type Formatted } from "./format.js";
import { tasksText, taskText } from "./output.js";
import { positiveInteger } from "./positive-integer.js";
import { switchoverCommand, verifyCommand } from "./verify-commands.js";
import { watchTasks } from "./watch.js";

/** The commands that ask a service. */
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
    .action(({ output, ...served }: Served & Formatted) =>
      carryOut(async () => print(tasksText((await clientOf(served).listTasks({})).tasks, output))),
    );
}

function getCommand(): Command {
  return askingOf("get", "show one task: its health, its collections and what happened to it")
    .addOption(formatOption())
    .action((taskId: string, { output, ...served }: Served & Formatted) =>
      carryOut(async () => {
        const { task } = await clientOf(served).getTask({ taskId });
        if (task !== undefined) print(taskText(task, output));
      }),
    );
}

function createCommand(): Command {
  return asking("create", "create a task, and print its id")
    .option(
      "--target <uri>",
      `where the target Milvus is; its token is read from ${COMMAND_VARIABLES.targetToken}`,
    )
    .option("--collections <names...>", "names or patterns in the database default; without it, everything")
    .option("--partitions <names...>", "names or patterns of their partitions; without it, all")
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
    .addOption(formatOption())
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
  return asking("watch", "show all tasks again and again, until it is interrupted")
    .addOption(formatOption())
    .action(({ output, ...served }: Served & Formatted) => {
      const interrupted = new AbortController();
      process.once("SIGINT", () => interrupted.abort());
      process.once("SIGTERM", () => interrupted.abort());
      return carryOut(() => watchTasks(clientOf(served), output, process.stdout, interrupted.signal));
    });
}
