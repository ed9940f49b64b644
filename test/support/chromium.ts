import { chromium, type Browser } from "playwright-core";
import { debianPackage, onPath } from "./debian-package.js";

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
  const executablePath = NAMES.map(onPath).find(Boolean) ?? (await debianPackage("chromium"));
  return chromium.launch({ executablePath, args: ARGS });
}
