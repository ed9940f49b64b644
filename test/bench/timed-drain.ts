import { setTimeout as delay } from "node:timers/promises";
import type { ServiceProcess } from "../support/e2e-service.js";
import { forgetPeak, peakRssMb } from "../support/process-usage.js";
import { cpuUse, type CpuUse } from "./cpu-use.js";
import type { Scene } from "./scene.js";

/** Each look costs the service a millisecond or two, and is part of what is measured. */
const LOOK_EVERY_MS = 100;

export interface Drained {
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  readonly peakRssMb: number;
  readonly use: CpuUse<"service" | "source" | "target" | "Kafka">;
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
  let firstRowMs = 0;
  const use = await cpuUse(scene.pids(service), async () => {
    const start = performance.now();
    await Promise.all(taskIds.map((id) => service.cdc("resume", { task_id: id })));
    let count = 0;
    while ((count = await written()) === 0) await delay(LOOK_EVERY_MS);
    firstRowMs = performance.now() - start;
    for (; count < rows; count = await written()) await delay(LOOK_EVERY_MS);
  });
  return { rowsPerSecond: rows / use.seconds, firstRowMs, peakRssMb: peakRssMb(service.pid), use };
}

async function countersOf(
  service: ServiceProcess,
  taskId: string,
  counters: readonly string[],
): Promise<number> {
  const { health = {} } = await service.task(taskId);
  return counters.reduce((sum, name) => sum + Number(health[name] ?? 0), 0);
}
