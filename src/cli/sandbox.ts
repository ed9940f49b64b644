import { Command } from "commander";
import { print } from "./carry-out.js";
import { formatOption, structured, type Format, type Formatted } from "./format.js";

/** What carries these commands out; loaded only when one of them is called. */
export interface SandboxCommands {
  readonly up: (options: SandboxUp, signal: AbortSignal) => Promise<void>;
  /** Answers false when none is running. */
  readonly down: () => Promise<boolean>;
}

export interface SandboxUp {
  readonly dataDir?: string | undefined;
  readonly onReady: (addresses: Readonly<Record<string, string>>) => void;
  readonly onProgress: (line: string) => void;
}

/** `sandbox up` and `down`: real servers to try things with. */
export function sandboxCommand(load: () => Promise<SandboxCommands>): Command {
  return new Command("sandbox")
    .description("real servers to try things with, on this machine: Kafka, a source and a target Milvus")
    .addCommand(upCommand(load))
    .addCommand(downCommand(load));
}

function upCommand(load: () => Promise<SandboxCommands>): Command {
  return new Command("up")
    .description("start them, print their addresses, and run until Ctrl-C or `sandbox down`")
    .option("--data <folder>", "keep their data and logs there; without it, they are thrown away")
    .addOption(formatOption())
    .action(async ({ data, output }: Formatted & { readonly data?: string }) => {
      const interrupted = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => interrupted.abort());
      const onReady = (addresses: Readonly<Record<string, string>>): void =>
        print(addressesText(addresses, output));
      const onProgress = (line: string): unknown => process.stderr.write(`${line}\n`);
      await (await load()).up({ dataDir: data, onReady, onProgress }, interrupted.signal);
    });
}

function downCommand(load: () => Promise<SandboxCommands>): Command {
  return new Command("down")
    .description("end the servers that `sandbox up` runs for this user, and wait until they have ended")
    .action(async () => {
      if (!(await (await load()).down())) process.stderr.write("no sandbox is running\n");
    });
}

/** As a table, a shell can read it. */
function addressesText(addresses: Readonly<Record<string, string>>, format: Format): string {
  if (format === "table")
    return Object.entries(addresses)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n");
  const lower = Object.entries(addresses).map(([name, value]) => [name.toLowerCase(), value]);
  return structured(Object.fromEntries(lower) as Record<string, string>, format);
}
