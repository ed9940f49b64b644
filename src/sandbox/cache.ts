import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** A half-made folder older than this belongs to nobody any more. */
const ABANDONED_AFTER_MS = 6 * 60 * 60 * 1000;

/**
 * The folder that downloads are kept in, per user: CDC_SANDBOX_CACHE, else
 * `milvus-cdc-sandbox` in XDG_CACHE_HOME, else in `~/.cache`.
 */
export function sandboxCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env["CDC_SANDBOX_CACHE"]) return path.resolve(env["CDC_SANDBOX_CACHE"]);
  const base = env["XDG_CACHE_HOME"] ? env["XDG_CACHE_HOME"] : path.join(os.homedir(), ".cache");
  return path.resolve(base, "milvus-cdc-sandbox");
}

/**
 * The cached folder `name`, made by `make` when it is not there yet.
 *
 * `make` fills a folder of its own, which is renamed when whole: a half-made folder is
 * never taken for a whole one. When two processes make the same folder, both succeed:
 * the rename of the second fails, and it uses the folder of the first.
 */
export async function cachedFolder(
  cacheDir: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(cacheDir, name);
  if (await isFolder(folder)) return folder;
  await fs.mkdir(cacheDir, { recursive: true });
  await removeAbandoned(cacheDir);
  const halfMade = await fs.mkdtemp(path.join(cacheDir, `.half-made-${name}-`));
  try {
    await make(halfMade);
    await renameUnlessThere(halfMade, folder);
  } finally {
    await fs.rm(halfMade, { recursive: true, force: true });
  }
  return folder;
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await fs.rename(from, to);
  } catch (cause) {
    // rename(2) refuses to replace a folder that has content: another process was first.
    if (!(await isFolder(to))) throw cause;
  }
}

async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const entry of await fs.readdir(cacheDir)) {
    if (!entry.startsWith(".half-made-")) continue;
    const folder = path.join(cacheDir, entry);
    const madeAtMs = await fs.stat(folder).then(
      (stat) => stat.mtimeMs,
      () => Infinity,
    );
    if (Date.now() - madeAtMs > ABANDONED_AFTER_MS) await fs.rm(folder, { recursive: true, force: true });
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return fs.stat(folder).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
}
