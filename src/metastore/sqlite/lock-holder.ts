import { readFileSync, statSync } from "node:fs";

/** The process that holds the lock of a SQLite file, where the system tells (Linux). */
export function lockHolder(path: string): number | undefined {
  try {
    return holderIn(readFileSync("/proc/locks", "utf8"), statSync(path).ino);
  } catch {
    return undefined; // not Linux, or the file is gone: it is only for the message
  }
}

/** A line is `1: POSIX ADVISORY WRITE <pid> <major>:<minor>:<inode> <start> <end>`. */
function holderIn(locks: string, inode: number): number | undefined {
  const line = locks
    .split("\n")
    .map((text) => text.trim().split(/\s+/))
    .find((fields) => fields[5]?.endsWith(`:${inode}`));
  const pid = Number(line?.[4]);
  return pid > 0 ? pid : undefined; // 0 or -1: of another pid namespace
}
