import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Sandbox } from "../sandbox/sandbox.js";

/** A temporary folder for the service's files. */
export class WorkFolder {
  readonly path: string;
  #isKept = false;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async create(): Promise<WorkFolder> {
    return new WorkFolder(await fs.mkdtemp(path.join(os.tmpdir(), "milvus-cdc-quickstart-")));
  }

  /** Copies the servers' logs beside the service's, before the servers are stopped, and keeps them all. */
  async keepLogs({ kafka, source, target }: Sandbox): Promise<void> {
    this.#isKept = true;
    for (const server of [kafka, source, target]) {
      await fs.copyFile(server.logFile, path.join(this.path, `${server.name}.log`)).catch(() => undefined); // has none
    }
  }

  /** Removes the folder unless its logs are to be kept. */
  async release(): Promise<void> {
    if (!this.#isKept) await fs.rm(this.path, { recursive: true, force: true });
  }
}
