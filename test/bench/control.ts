import { setTimeout as delay } from "node:timers/promises";
import { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import { TestCollection } from "../support/e2e-collection.js";
import type { ServiceProcess } from "../support/e2e-service.js";
import { SteadyWriter } from "../support/steady-writer.js";
import { atMost, median, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";
import { visibleIds } from "./visible-ids.js";

/** How soon the service is back after its end, and how soon it answers to commands, while rows are written. */
export async function control(options: BenchOptions): Promise<readonly Line[]> {
  const { pairs: times, dim } = options;
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const { uri } = scene.sandbox.target;
  const taskId = await service.createTask(uri);
  const collection = new TestCollection(scene.source, "control", { dim });
  await collection.createLoaded();
  await using writer = new SteadyWriter(collection, 1);
  const reader = new MilvusRpc("target", targetAddress({ uri }));
  const shows = (id: number): Promise<void> => untilShown(reader, collection, id);
  await shows(1);
  const lines = [
    ...(await restarts(service, writer, shows, times)),
    ...(await answers(service, uri, taskId, times)),
  ];
  reader.close();
  return lines;
}

async function restarts(
  service: ServiceProcess,
  writer: SteadyWriter,
  shows: (id: number) => Promise<void>,
  times: number,
): Promise<Line[]> {
  const readyMs: number[] = [];
  const firstRowMs = { SIGTERM: [] as number[], SIGKILL: [] as number[] };
  for (let i = 0; i < times; i++) {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await service.end(signal);
      const written = writer.next;
      const start = performance.now();
      await service.launch();
      readyMs.push(performance.now() - start);
      await shows(written);
      firstRowMs[signal].push(performance.now() - start);
    }
  }
  return [
    atMost("process start to ready, median", median(readyMs), 1_000, "ms"),
    atMost("process start to the first row, after SIGTERM, median", median(firstRowMs.SIGTERM), 2_000, "ms"),
    atMost("process start to the first row, after SIGKILL, median", median(firstRowMs.SIGKILL), 2_000, "ms"),
  ];
}

async function answers(service: ServiceProcess, uri: string, taskId: string, times: number): Promise<Line[]> {
  const timed = async (request: string, id: string): Promise<number> => {
    const start = performance.now();
    const { status } = await service.cdc(request, { task_id: id });
    if (status !== 200) throw new Error(`${request} answered ${status}`);
    return performance.now() - start;
  };
  const [pauses, deletes]: [number[], number[]] = [[], []];
  let id = taskId;
  for (let i = 0; i < times; i++) {
    await untilFlowing(service, id);
    pauses.push(await timed("pause", id));
    await service.cdc("resume", { task_id: id });
    await untilFlowing(service, id);
    deletes.push(await timed("delete", id));
    id = await service.createTask(uri);
  }
  return [
    atMost("pause answers, slowest", Math.max(...pauses), 1_000, "ms"),
    atMost("delete answers, slowest", Math.max(...deletes), 1_000, "ms"),
  ];
}

/** Until it has written something since it was started. */
async function untilFlowing(service: ServiceProcess, taskId: string): Promise<void> {
  for (;;) {
    const { health = {} } = await service.task(taskId);
    if (Number(health["inserted_rows"] ?? 0) + Number(health["upserted_rows"] ?? 0) > 0) return;
    await delay(20);
  }
}

/** Until the target shows that row or one that was written after it. */
async function untilShown(reader: MilvusRpc, { names }: TestCollection, id: number): Promise<void> {
  for (;;) {
    const ids = await visibleIds(reader, names, id, "Eventually").catch(() => []);
    if (ids.length > 0) return;
    await delay(10);
  }
}
