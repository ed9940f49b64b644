import { Command } from "commander";
import { serverOption, tokenFileOption } from "./client.js";

/** A command that asks a service. Exit code 0: it is done; 3: it is not, and stderr says why. */
export function asking(name: string, description: string): Command {
  return new Command(name).description(description).addOption(serverOption()).addOption(tokenFileOption());
}

/** The same, about one task. */
export function askingOf(name: string, description: string): Command {
  return asking(name, description).argument("<task>", "its id");
}
