import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes an empty file at `path`, and its folder, readable by their owner alone
 * since credentials go in. An existing file and its mode stay as they are.
 *
 * It never opens an existing file: closing that again would drop the locks that
 * SQLite holds on it in this process (POSIX locks belong to the process).
 */
export function createDatabaseFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw error;
  }
  syncFolder(folder);
}

/** SQLite makes its commits survive a power loss, but not the name of a file that it did not create. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
