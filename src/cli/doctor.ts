import { Command } from "commander";
import type { Finding } from "../doctor/finding.js";
import { COMMAND_VARIABLES } from "../model/command-variables.js";
import { formatOption, structured, type Formatted } from "./format.js";
import { print } from "./carry-out.js";

export interface DoctorOptions {
  readonly config?: string;
  readonly target?: string;
}

const EXIT_FAULT = 1;

/** `doctor`: needs no service. @param examine - looks at what the options name, and throws when they are wrong */
export function doctorCommand(examine: (options: DoctorOptions) => AsyncIterable<Finding>): Command {
  return new Command("doctor")
    .description("look at the sources of a configuration, their log and a target, and say what to do")
    .option("-c, --config <file>", "as of serve")
    .option(
      "--target <uri>",
      `a target Milvus to look at as well; its token is read from ${COMMAND_VARIABLES.targetToken}`,
    )
    .addOption(formatOption())
    .action(async ({ output, ...options }: DoctorOptions & Formatted) => {
      const findings: Finding[] = [];
      for await (const finding of examine(options)) {
        findings.push(finding);
        // one look can take seconds, and a person waits for it
        if (output === "table") print(findingText(finding));
        if (finding.level === "fault") process.exitCode = EXIT_FAULT;
      }
      if (output !== "table") print(structured({ findings: findings.map(findingJson) }, output));
    });
}

/** In one line or, with what to do, in two. */
function findingText({ level, subject, text, remedy }: Finding): string {
  const line = `${level.padEnd(7)}  ${subject}: ${text}`;
  return remedy === undefined ? line : `${line}\n         ${remedy}`;
}

function findingJson({ level, subject, text, remedy }: Finding) {
  return { level, subject, text, ...(remedy !== undefined && { remedy }) };
}
