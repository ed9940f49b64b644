import type { Command, Option } from "commander";

/** One line for each command and each of its options. */
export function fishScript(program: Command): string {
  const complete = `complete -c ${program.name()}`;
  const offered = (when: string, command: Command): string =>
    `${complete} -n ${when} -f -a ${command.name()} -d ${quoted(command.description())}`;
  const lines = program.commands.flatMap((command) => {
    const name = command.name();
    const isSeen = `"__fish_seen_subcommand_from ${name}"`;
    const below = command.commands.map((one) => one.name()).join(" ");
    const isOpen = `"__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${below}"`;
    return [
      offered("__fish_use_subcommand", command),
      ...command.commands.map((one) => offered(isOpen, one)),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
        argChoices.length === 0 ? [] : [`${complete} -n ${isSeen} -f -a ${quoted(argChoices.join(" "))}`],
      ),
      ...command.options.map((option) => `${complete} -n ${isSeen} ${optionText(option)}`),
      ...command.commands.flatMap((one) =>
        one.options.map(
          (option) =>
            `${complete} -n "__fish_seen_subcommand_from ${name}; and __fish_seen_subcommand_from ${one.name()}" ${optionText(option)}`,
        ),
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function optionText({ short, long, description, argChoices }: Option): string {
  return [
    ...(short === undefined ? [] : ["-s", short.slice(1)]),
    ...(long === undefined ? [] : ["-l", long.slice(2)]),
    ...(argChoices === undefined ? [] : ["-x", "-a", quoted(argChoices.join(" "))]),
    "-d",
    quoted(description),
  ].join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
