import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Command } from "commander";

/** `token`: makes a token for `auth.tokens`. */
export function tokenCommand(): Command {
  return new Command("token")
    .description("make a token for a caller of the service, and print it with its hash for the configuration")
    .option("--out <file>", "write the token to a new file that only you can read, and print the hash alone")
    .addHelpText("after", "\nThe configuration needs the hash alone: auth.tokens: [{ name, role, sha256 }]")
    .action(({ out }: { out?: string }) => {
      // the prefix lets scanners of repositories find one that got there
      const token = `mcdc_${randomBytes(32).toString("base64url")}`;
      if (out === undefined) process.stdout.write(`token: ${token}\n`);
      else writeFileSync(out, `${token}\n`, { mode: 0o600, flag: "wx" });
      process.stdout.write(`sha256: ${createHash("sha256").update(token).digest("hex")}\n`);
    });
}
