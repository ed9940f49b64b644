import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onPath } from "./debian-package.js";

const run = promisify(execFile);

/** Prometheus's own judge of rules and metrics: out of Debian's package, which is not installed, since it would start a server. */
async function promtool(): Promise<string> {
  const folder = join(tmpdir(), "milvus-cdc-promtool");
  const program = onPath("promtool") ?? join(folder, "usr/bin/promtool");
  if (existsSync(program)) return program;
  process.stderr.write("fetching promtool\n");
  await mkdir(folder, { recursive: true });
  await run("sh", ["-c", "apt-get download -qq prometheus && dpkg -x prometheus_*.deb ."], { cwd: folder });
  return program;
}

/** Runs it. @throws Error with what it says is wrong */
export async function check(args: readonly string[], input = ""): Promise<string> {
  const child = run(await promtool(), args);
  child.child.stdin?.end(input);
  return (await child).stdout;
}
