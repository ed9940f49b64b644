import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** Where one server keeps its data, configuration and log. */
export interface ServerDirectory {
  /** A folder of this server alone, inside `root`. */
  readonly path: string;
  /** Shared by the servers of one sandbox. */
  readonly root: string;
  /** Kept after the server was stopped, because the user named the folder. */
  readonly isKept: boolean;
}

/** The folder servers share: a fresh temporary one, removed at the end, unless the user names one. */
export interface DataRoot {
  readonly path: string;
  readonly isKept: boolean;
}

/** Makes the shared folder: `dataDir` when given (kept), else a temporary one. */
export async function createDataRoot(dataDir: string | undefined): Promise<DataRoot> {
  if (dataDir === undefined) {
    return { path: await fs.mkdtemp(path.join(os.tmpdir(), "milvus-cdc-sandbox-")), isKept: false };
  }
  const absolute = path.resolve(dataDir);
  await fs.mkdir(absolute, { recursive: true });
  return { path: absolute, isKept: true };
}

/** Makes the folder of one server. */
export async function createServerDirectory(root: DataRoot, name: string): Promise<ServerDirectory> {
  const directory = path.join(root.path, name);
  await fs.mkdir(directory, { recursive: true });
  return { path: directory, root: root.path, isKept: root.isKept };
}

/** Removes a throw-away folder, and the shared one with its last server. Does nothing to a kept one. */
export async function removeServerDirectory(directory: ServerDirectory): Promise<void> {
  if (directory.isKept) return;
  await fs.rm(directory.path, { recursive: true, force: true, maxRetries: 5 });
  await fs.rmdir(directory.root).catch(() => undefined); // not empty: others still run
}
