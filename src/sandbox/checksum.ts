import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { SandboxError } from "./sandbox-error.js";

/**
 * Compares a downloaded file with its pinned SHA-256 (lower-case hex).
 * @throws SandboxError naming the file and both sums when they differ
 */
export async function checkSha256(file: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest("hex");
  if (actual !== expected) {
    throw new SandboxError(
      `checksum of ${path.basename(file)} is ${actual}, expected ${expected}: the download is not what was pinned, nothing of it was kept`,
    );
  }
}
