import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

/** What a process has in use, as the kernel sees it. */
export interface Usage {
  readonly rssMb: number;
  readonly descriptors: number;
  readonly sockets: number;
  readonly threads: number;
}

export function usageOf(pid: number): Usage {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(pid, fd));
  return {
    rssMb: megabytes(pid, "VmRSS"),
    descriptors: links.length,
    sockets: links.filter((link) => link.startsWith("socket:")).length,
    threads: statusOf(pid, "Threads"),
  };
}

/** The most memory it ever had, or had since `forgetPeak`. */
export function peakRssMb(pid: number): number {
  return megabytes(pid, "VmHWM");
}

/** From now on, the peak is that of what comes. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** User and system time so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function megabytes(pid: number, name: string): number {
  return Math.round(statusOf(pid, name) / 1024);
}

function statusOf(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}

/** A descriptor may be closed between the two looks. */
function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "";
  }
}
