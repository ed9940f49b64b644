import fs from "node:fs/promises";
import path from "node:path";

/** Bytes of all files below a folder; files that vanish meanwhile count as nothing. */
export async function folderSizeBytes(folder: string): Promise<number> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let totalBytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    totalBytes += await fs.stat(path.join(entry.parentPath, entry.name)).then(
      (stat) => stat.size,
      () => 0,
    );
  }
  return totalBytes;
}
