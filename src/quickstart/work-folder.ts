import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Sandbox } from "../sandbox/sandbox.js";

/** A folder for the service's files; see saveLogs and removeWorkFolder for its end. */
export function createWorkFolder(): Promise<string> {
  return fs.mkdtemp(path.join(os.tmpdir(), "milvus-cdc-quickstart-"));
}

/** Copies the servers' logs into the folder, before the servers are stopped and their folders removed. */
export async function saveLogs(folder: string, sandbox: Sandbox | undefined): Promise<void> {
  if (sandbox === undefined) return;
  for (const server of [sandbox.kafka, sandbox.source, sandbox.target]) {
    await fs.copyFile(server.logFile, path.join(folder, `${server.name}.log`)).catch(() => undefined); // had none
  }
}

export async function removeWorkFolder(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true });
}
