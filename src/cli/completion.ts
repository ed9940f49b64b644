import { Argument, Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `completion SHELL`: prints what makes a shell complete the commands of the program and their options. */
export function completionCommand(program: Command): Command {
  return new Command("completion")
    .description("print what makes a shell complete commands and options")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText(
      "after",
      '\nAs in: eval "$(milvus-cdc completion bash)", or milvus-cdc completion fish | source',
    )
    .action((shell: (typeof SHELLS)[number]) => {
      process.stdout.write(shell === "fish" ? fishScript(program) : bashScript(program, shell === "zsh"));
    });
}

function bashScript(program: Command, isZsh: boolean): string {
  const name = program.name();
  const cases = program.commands.map((command) => `    ${command.name()}) words="${optionsOf(command)}" ;;`);
  return [
    ...(isZsh ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_milvus_cdc() {",
    '  local words="" current="${COMP_WORDS[COMP_CWORD]}"',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac",
    `  [ "$COMP_CWORD" -gt 1 ] || words="${program.commands.map((command) => command.name()).join(" ")}"`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -o default -F _milvus_cdc ${name}`,
    "",
  ].join("\n");
}

function fishScript(program: Command): string {
  const name = program.name();
  const lines = program.commands.flatMap((command) => [
    `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.map(
      ({ long, description }) =>
        `complete -c ${name} -n "__fish_seen_subcommand_from ${command.name()}" -l ${long?.slice(2) ?? ""} -d ${quoted(description)}`,
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

function optionsOf(command: Command): string {
  return command.options.map(({ long }) => long).join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
