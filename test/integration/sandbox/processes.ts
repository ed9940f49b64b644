import fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** The pids whose parent is `pid`, from /proc. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const children: number[] = [];
  for (const entry of await fs.readdir("/proc")) {
    const stat = await fs.readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    // pid (command) state parent …; the command may hold spaces and brackets
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (/^\d+$/.test(entry) && Number(parent) === pid) children.push(Number(entry));
  }
  return children;
}

/** Whether a process runs; one that ended and was not yet collected by its parent does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/** Waits until `isTrue` answers true; false when it does not within `timeoutMs`. */
async function becomes(isTrue: () => Promise<boolean>, timeoutMs = 5_000): Promise<boolean> {
  const endAtMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > endAtMs) return false;
    await sleep(50);
  }
  return true;
}

/** Whether all processes are gone, or are within five seconds. */
export function areGone(pids: readonly number[]): Promise<boolean> {
  return becomes(async () => !(await Promise.all(pids.map(isAlive))).includes(true));
}

/** Whether a folder is gone, or is within five seconds. */
export function isFolderGone(folder: string): Promise<boolean> {
  return becomes(() =>
    fs.stat(folder).then(
      () => false,
      () => true,
    ),
  );
}
