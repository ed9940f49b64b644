import { setTimeout as delay } from "node:timers/promises";
import type { ServiceProcess } from "../support/e2e-service.js";
import { cpuSeconds, forgetPeak, peakRssMb } from "../support/process-usage.js";
import type { Scene } from "./scene.js";

/** Each look costs the service a millisecond or two, and is part of what is measured. */
const LOOK_EVERY_MS = 100;

export interface Drained {
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  readonly peakRssMb: number;
  /** CPU seconds per million rows. */
  readonly cpu: { readonly service: number; readonly target: number; readonly kafka: number };
}

/** What is written while tasks are paused, and how one sees that it is on the target. */
export interface Changes {
  readonly write: () => Promise<void>;
  readonly rows: number;
  /** Of a task's health. Default: rows that were inserted or upserted. */
  readonly counters?: readonly string[];
}

/** Pauses the tasks, writes, and measures from their resumption until the target has acknowledged the last row. */
export async function timedDrain(
  scene: Scene,
  service: ServiceProcess,
  taskIds: readonly string[],
  { write, rows, counters = ["inserted_rows", "upserted_rows"] }: Changes,
): Promise<Drained> {
  for (const id of taskIds) await service.cdc("pause", { task_id: id });
  await write();
  await scene.calm();
  const written = async (): Promise<number> => {
    const all = await Promise.all(taskIds.map((id) => countersOf(service, id, counters)));
    return all.reduce((sum, count) => sum + count, 0);
  };
  forgetPeak(service.pid);
  const pids = [service.pid, scene.sandbox.target.pid, scene.sandbox.kafka.pid];
  const [before, start] = [pids.map(cpuSeconds), performance.now()];
  await Promise.all(taskIds.map((id) => service.cdc("resume", { task_id: id })));
  let count = 0;
  while ((count = await written()) === 0) await delay(LOOK_EVERY_MS);
  const firstRowMs = performance.now() - start;
  for (; count < rows; count = await written()) await delay(LOOK_EVERY_MS);
  const seconds = (performance.now() - start) / 1000;
  const [forService = 0, forTarget = 0, forKafka = 0] = pids.map(
    (pid, i) => ((cpuSeconds(pid) - (before[i] ?? 0)) * 1e6) / rows,
  );
  return {
    rowsPerSecond: rows / seconds,
    firstRowMs,
    peakRssMb: peakRssMb(service.pid),
    cpu: { service: forService, target: forTarget, kafka: forKafka },
  };
}

async function countersOf(
  service: ServiceProcess,
  taskId: string,
  counters: readonly string[],
): Promise<number> {
  const { health = {} } = await service.task(taskId);
  return counters.reduce((sum, name) => sum + Number(health[name] ?? 0), 0);
}
