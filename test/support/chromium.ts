import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** A browser in a container without a display, that calls nobody by itself. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium; installs Debian's where there is none. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: find() ?? (await install()), args: ARGS });
}

function find(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
    existsSync(path),
  );
}

async function install(): Promise<string> {
  process.stderr.write("installing chromium\n");
  const command = "apt-get update -qq && apt-get install -y -qq chromium";
  const isRoot = process.getuid?.() === 0;
  await promisify(execFile)(isRoot ? "sh" : "sudo", isRoot ? ["-c", command] : ["sh", "-c", command], {
    maxBuffer: 64 << 20,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const path = find();
  if (path === undefined)
    throw new Error("there is no Chromium; install one, as by apt-get install chromium");
  return path;
}
