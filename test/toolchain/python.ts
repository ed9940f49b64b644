import { join } from "node:path";
import { cachedFolder } from "../../src/sandbox/cache.js";
import type { FetchContext } from "../../src/sandbox/fetch-context.js";
import { reportWhile } from "../../src/sandbox/report-while.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { pinOf, PROVIDE_TIMEOUT_MS, TOOLCHAIN_FOLDER } from "./toolchain-context.js";

const REQUIREMENTS = join(TOOLCHAIN_FOLDER, "python", "requirements.txt");

/**
 * A folder for PYTHONPATH with grpcio, its generator and mypy. No virtual environment: that knows its own path, and the
 * cache moves a folder when it is whole.
 */
export async function providePython(context: FetchContext): Promise<string> {
  const { cacheDir, progress, signal } = context;
  // packages with machine code are made for one version of Python
  const version = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"];
  const { stdout } = await runCommand("python3", version, { timeoutMs: 30_000, signal });
  const name = `python-${stdout.trim()}-${pinOf(REQUIREMENTS)}`;
  return cachedFolder(cacheDir, name, async (folder) => {
    const args = [
      "--quiet",
      "--only-binary=:all:",
      "--require-hashes",
      "-r",
      REQUIREMENTS,
      "--target",
      folder,
    ];
    await reportWhile({ what: "installing grpcio and its generator", folder, progress }, () =>
      runCommand("python3", ["-m", "pip", "install", ...args], {
        env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" },
        timeoutMs: PROVIDE_TIMEOUT_MS,
        signal,
      }),
    );
  });
}
