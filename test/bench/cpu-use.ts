import { availableParallelism } from "node:os";
import { cpuSeconds } from "../support/process-usage.js";
import type { Line } from "./line.js";

/** What processes took while something was done. */
export interface CpuUse<Name extends string> {
  readonly seconds: number;
  /** CPU seconds. */
  readonly cpu: Readonly<Record<Name, number>>;
}

export async function cpuUse<Name extends string>(
  pids: Readonly<Record<Name, number>>,
  action: () => Promise<void>,
): Promise<CpuUse<Name>> {
  const spent = (): [Name, number][] =>
    (Object.entries(pids) as [Name, number][]).map(([name, pid]) => [name, cpuSeconds(pid)]);
  const [before, start] = [new Map(spent()), performance.now()];
  await action();
  const seconds = (performance.now() - start) / 1000;
  const cpu = spent().map(([name, after]) => [name, after - (before.get(name) ?? 0)]);
  return { seconds, cpu: Object.fromEntries(cpu) as Record<Name, number> };
}

/** Who took how much for a million rows, and how much of the machine that was: near all of it, no more rows are to be had. */
export function cpuLine(name: string, { seconds, cpu }: CpuUse<string>, rows: number): Line {
  const each = Object.entries(cpu).map(([who, spent]) => `${who} ${((spent * 1e6) / rows).toFixed(1)}`);
  const all = Object.values(cpu).reduce((sum, spent) => sum + spent, 0);
  const share = Math.round((100 * all) / (seconds * availableParallelism()));
  return {
    name: `${name}: CPU seconds per million rows`,
    measured: `${each.join(", ")}; ${share} % of the cores`,
  };
}
