import { Option, type Command } from "commander";
import { VERIFY_LEVELS } from "../model/verification.js";
import { askingOf } from "./asking.js";
import { carryOut, print } from "./carry-out.js";
import { clientOf, type Served } from "./client.js";
import { formatOption, type Format, type Formatted } from "./format.js";
import { positiveInteger } from "./positive-integer.js";
import { showProgress } from "./progress.js";
import { switchOver, type SwitchoverCommand } from "./switchover.js";
import { VerificationReport, verifyTask, type VerifyCommand } from "./verify.js";

const OUTCOMES = "\nExit code 0: equal, 1: they differ, 2: not all could be compared, 3: it was not done.";

export function verifyCommand(): Command {
  return askingOf("verify", "compare both sides of a task")
    .addOption(levelOption())
    .option("--repair", "make rows that differ equal")
    .option("--dry-run", "with --repair: count what it would do, and do nothing")
    .option("--max-rows-per-second <rows>", "read of each side at most", positiveInteger)
    .option("--sample-ranges <ranges>", "ranges of keys of a sample, in each partition", positiveInteger)
    .addOption(formatOption())
    .addHelpText("after", OUTCOMES)
    .action((taskId: string, { server, tokenFile, output, ...how }: Served & Formatted & VerifyCommand) =>
      carryOut(async () => {
        process.exitCode = await verifyTask(clientOf({ server, tokenFile }), taskId, how, reportIn(output));
      }),
    );
}

export function switchoverCommand(): Command {
  return askingOf(
    "switchover",
    "with the writers stopped: drain a task, compare both sides, and pause it if they are equal",
  )
    .addOption(levelOption())
    .option("--max-rows-per-second <rows>", "read of each side at most", positiveInteger)
    .option("--max-wait-seconds <seconds>", "for the target to come up to the source (600)", positiveInteger)
    .option("--create-reverse", "then create a task from the target back to the source")
    .addOption(formatOption())
    .addHelpText("after", OUTCOMES)
    .action((taskId: string, { server, tokenFile, output, ...how }: Served & Formatted & SwitchoverCommand) =>
      carryOut(async () => {
        process.exitCode = await switchOver(clientOf({ server, tokenFile }), taskId, how, reportIn(output));
      }),
    );
}

function reportIn(format: Format): VerificationReport {
  return new VerificationReport(format, showProgress(process.stderr), print);
}

function levelOption(): Option {
  return new Option("--level <level>", "how closely").choices(VERIFY_LEVELS).default("full");
}
