import { Argument, Command } from "commander";
import { bashScript } from "./completion-bash.js";
import { fishScript } from "./completion-fish.js";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `completion SHELL`: prints what makes a shell complete the commands of the program, their options and their choices. */
export function completionCommand(program: Command): Command {
  return new Command("completion")
    .description("print what makes a shell complete commands and options")
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .addHelpText(
      "after",
      '\nAs in: eval "$(milvus-cdc completion bash)", or milvus-cdc completion fish | source',
    )
    .action((shell: (typeof SHELLS)[number]) => {
      process.stdout.write(shell === "fish" ? fishScript(program) : bashScript(program, shell === "zsh"));
    });
}
