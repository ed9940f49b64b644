import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Lets a running process write nothing more into any file, as on a disk that is
 * full: a limit of its own, which needs no rights and no file system. The write
 * fails with EFBIG instead of ENOSPC.
 */
export async function forbidFileWrites(pid: number): Promise<void> {
  await run("prlimit", [`--pid=${pid}`, "--fsize=0:unlimited"]);
}

export async function allowFileWrites(pid: number): Promise<void> {
  await run("prlimit", [`--pid=${pid}`, "--fsize=unlimited:unlimited"]);
}
