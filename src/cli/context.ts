import { resolve } from "node:path";
import { Argument, Command } from "commander";
import { carryOut, print } from "./carry-out.js";
import { contextsFile, readContexts, writeContexts, type Contexts } from "./contexts.js";
import { formatOption, structured, type Formatted } from "./format.js";
import { table } from "./table.js";

/** `context list`, `use` and `set`: which service the other commands ask. */
export function contextCommand(): Command {
  return new Command("context")
    .description("show or choose the service that commands ask")
    .addCommand(listCommand())
    .addCommand(useCommand())
    .addCommand(setCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("show the contexts of the file, and which is the current one")
    .addOption(formatOption())
    .action(({ output }: Formatted) =>
      carryOut(() => {
        const contexts = readContexts(contextsFile(process.env));
        print(output === "table" ? contextsText(contexts) : structured(contextsJson(contexts), output));
      }),
    );
}

function useCommand(): Command {
  return new Command("use")
    .description("ask this service from now on")
    .addArgument(nameArgument())
    .action((name: string) =>
      change((contexts) => {
        if (!Object.hasOwn(contexts.contexts, name))
          throw new Error(`there is no context ${name}; make it by context set ${name} --server URL`);
        return { ...contexts, current: name };
      }),
    );
}

function setCommand(): Command {
  return new Command("set")
    .description("name a service, or give a name another one; the first is the current one")
    .addArgument(nameArgument())
    .requiredOption("--server <url>", "where the service answers")
    .option("--token-file <file>", "holds your token for it; its path is kept, not what is in it")
    .action((name: string, { server, tokenFile }: { server: string; tokenFile?: string }) =>
      change(({ current = name, contexts }) => ({
        current,
        contexts: { ...contexts, [name]: { server, ...(tokenFile && { token_file: resolve(tokenFile) }) } },
      })),
    );
}

function change(action: (contexts: Contexts) => Contexts): Promise<void> {
  return carryOut(() => {
    const file = contextsFile(process.env);
    writeContexts(file, action(readContexts(file)));
  });
}

function contextsText({ current, contexts }: Contexts): string {
  const all = Object.entries(contexts);
  if (all.length === 0) return "there are no contexts";
  const lines = all.map(([name, { server, token_file: tokenFile = "" }]) => {
    return [name === current ? "*" : "", name, server, tokenFile];
  });
  return table([["", "CONTEXT", "SERVER", "TOKEN FILE"], ...lines]);
}

function contextsJson({ current, contexts }: Contexts) {
  return {
    contexts: Object.entries(contexts).map(([name, context]) => ({
      name,
      ...context,
      current: name === current,
    })),
  };
}

function nameArgument(): Argument {
  return new Argument("<name>", "of the context");
}
