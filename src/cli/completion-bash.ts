import type { Command, Option } from "commander";

/** zsh runs it as well, when it is told to. */
const ZSH_START = [
  "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }",
  "autoload -Uz bashcompinit && bashcompinit",
];

/** Offers names of commands, then options and, behind one that has them, its choices. */
export function bashScript(program: Command, isZsh: boolean): string {
  const everyOption = program.commands.flatMap((command) =>
    [command, ...command.commands].flatMap(({ options }) => options),
  );
  return [
    ...(isZsh ? ZSH_START : []),
    "_milvus_cdc() {",
    '  local words="" current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
    '  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    ...program.commands.flatMap((command) => commandCases(command)),
    "  esac",
    `  [ "$COMP_CWORD" -gt 1 ] || words="${namesOf(program)}"`,
    '  case "$previous" in',
    ...new Set(everyOption.flatMap(choiceCase)),
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -o default -F _milvus_cdc ${program.name()}`,
    "",
  ].join("\n");
}

/** Its subcommands' first: a case that matches ends the search. */
function commandCases(command: Command): string[] {
  const name = command.name();
  const below = command.commands.map((one) => `    "${name} ${one.name()}") words="${optionsOf(one)}" ;;`);
  return [...below, `    "${name} "*) words="${namesOf(command) || optionsOf(command)}" ;;`];
}

/** A set of them has each once: options of one name have the same choices everywhere. */
function choiceCase({ short, long, argChoices }: Option): string[] {
  if (argChoices === undefined) return [];
  return [`    ${[short, long].filter(Boolean).join("|")}) words="${argChoices.join(" ")}" ;;`];
}

function namesOf(command: Command): string {
  return command.commands.map((one) => one.name()).join(" ");
}

function optionsOf({ registeredArguments, options }: Command): string {
  const choices = registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [...choices, ...options.map(({ long }) => long)].join(" ");
}
