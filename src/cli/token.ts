import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { print } from "./carry-out.js";
import { formatOption, structured, type Formatted } from "./format.js";

/** `token`: makes a token for `auth.tokens`. */
export function tokenCommand(): Command {
  return new Command("token")
    .description("make a token for a caller of the service, and print it with its hash for the configuration")
    .option("--out <file>", "write the token to a new file that only you can read, and print the hash alone")
    .addOption(formatOption())
    .addHelpText("after", "\nThe configuration needs the hash alone: auth.tokens: [{ name, role, sha256 }]")
    .action(({ out, output }: Formatted & { readonly out?: string }) => {
      // the prefix lets scanners of repositories find one that got there
      const token = `mcdc_${randomBytes(32).toString("base64url")}`;
      if (out !== undefined) writeFileSync(out, `${token}\n`, { mode: 0o600, flag: "wx" });
      const sha256 = createHash("sha256").update(token).digest("hex");
      const made = { ...(out === undefined && { token }), sha256 };
      print(output === "table" ? lines(made) : structured(made, output));
    });
}

function lines(made: Readonly<Record<string, string>>): string {
  return Object.entries(made)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
