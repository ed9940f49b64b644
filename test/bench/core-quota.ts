import { accessSync, constants, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where cgroups of version 1 limit processors. */
const ROOT = "/sys/fs/cgroup/cpu";
/** Short, so that a process that has used up its part waits some milliseconds and not a tenth of a second. */
const PERIOD_US = 10_000;

/**
 * Lets processes have a part of a core each, as if they ran on smaller machines of their own.
 *
 * Where all share a few cores, what one gives up another takes: rates beside each other say how much all of them ask of
 * the processors together, not which of them would be the slowest between machines. Linux with cgroups of version 1, and
 * the right to write there.
 */
export class CoreQuota implements Disposable {
  private readonly groups: string[] = [];
  private readonly percent: number;

  /** @param percent of a core, for each process */
  constructor(percent: number) {
    accessSync(ROOT, constants.W_OK);
    this.percent = percent;
  }

  limit(pid: number): void {
    const group = path.join(ROOT, `milvus-cdc-bench-${pid}`);
    mkdirSync(group);
    this.groups.push(group);
    writeFileSync(path.join(group, "cpu.cfs_period_us"), String(PERIOD_US));
    writeFileSync(path.join(group, "cpu.cfs_quota_us"), String((PERIOD_US * this.percent) / 100));
    writeFileSync(path.join(group, "cgroup.procs"), String(pid));
  }

  /** Once the processes are gone: a group with somebody in it cannot be removed. */
  [Symbol.dispose](): void {
    for (const group of this.groups.splice(0)) rmdirSync(group);
  }
}
