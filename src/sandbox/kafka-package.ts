import fs from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { cachedFolder } from "./cache.js";
import { checkSha256 } from "./checksum.js";
import type { FetchContext } from "./fetch-context.js";
import type { Java } from "./java.js";
import { KAFKA_JARS } from "./kafka-jars.js";
import { KAFKA_POM } from "./kafka-pom.js";
import { checkMaven } from "./prerequisites.js";
import { reportWhile } from "./report-while.js";
import { runCommand } from "./run-command.js";
import { SandboxError } from "./sandbox-error.js";

const DOWNLOAD_TIMEOUT_MS = 20 * 60 * 1000;
const COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/**
 * The folder with the jars of Kafka 3.9.1, downloaded by the user's Maven the first time.
 * @throws SandboxError when Maven is missing, the download fails or a jar is not the pinned one
 */
export function provideKafka(
  java: Java,
  context: FetchContext,
  jars: Readonly<Record<string, string>> = KAFKA_JARS,
): Promise<string> {
  const pin = createHash("sha256").update(JSON.stringify(jars)).digest("hex").slice(0, 12);
  return cachedFolder(context.cacheDir, `kafka-3.9.1-${pin}`, async (folder) => {
    await checkMaven(java.env, context.signal);
    await downloadJars(folder, java, context);
    await checkJars(folder, jars);
  });
}

async function downloadJars(folder: string, java: Java, context: FetchContext): Promise<void> {
  const { progress, signal } = context;
  const pom = path.join(folder, "pom.xml");
  await fs.writeFile(pom, KAFKA_POM);
  const args = ["-q", "-B", "-f", pom, COPY_GOAL, `-DoutputDirectory=${folder}`, "-DincludeScope=runtime"];
  await reportWhile({ what: "downloading Kafka 3.9.1", folder, progress }, () =>
    runCommand("mvn", args, { env: java.env, timeoutMs: DOWNLOAD_TIMEOUT_MS, signal }),
  );
  await fs.rm(pom);
}

/**
 * Compares a folder with the pinned jars: each must be there and equal, and no other file.
 * @throws SandboxError naming the first file that differs
 */
export async function checkJars(folder: string, jars: Readonly<Record<string, string>>): Promise<void> {
  const found = new Set(await fs.readdir(folder));
  for (const [jar, sha256] of Object.entries(jars)) {
    if (!found.delete(jar)) throw new SandboxError(`Maven did not bring ${jar}, nothing of Kafka was kept`);
    await checkSha256(path.join(folder, jar), sha256);
  }
  const [extra] = found;
  if (extra !== undefined)
    throw new SandboxError(`Maven brought ${extra}, which is not pinned: nothing was kept`);
}
