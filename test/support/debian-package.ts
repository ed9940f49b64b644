import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The path of a program; installs Debian's package, of the same name, where it is not there. */
export async function debianPackage(name: string): Promise<string> {
  const found = onPath(name);
  if (found !== undefined) return found;
  process.stderr.write(`installing ${name}\n`);
  // one at a time: suites run side by side, and apt-get does not wait for another one
  const install = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${name}`;
  const command = `flock /var/lib/apt sh -c '${install}'`;
  const isRoot = process.getuid?.() === 0;
  await promisify(execFile)(isRoot ? "sh" : "sudo", isRoot ? ["-c", command] : ["sh", "-c", command], {
    maxBuffer: 64 << 20,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const installed = onPath(name);
  if (installed === undefined)
    throw new Error(`there is no ${name}; install it, as by apt-get install ${name}`);
  return installed;
}

export function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
