import { setTimeout as delay } from "node:timers/promises";
import { fillByBatches } from "./bench-rows.js";
import { TestCollection } from "./e2e-collection.js";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { ServiceProcess } from "./e2e-service.js";

/** Rows that lie in the source's log before a task goes on. */
export interface Backlog {
  readonly collections: number;
  /** Of each collection. */
  readonly rows: number;
  readonly dim: number;
  readonly shards: number;
}

/** The bytes of its vectors, which are nearly all of it. */
export function backlogBytes({ collections, rows, dim }: Backlog): number {
  return collections * rows * dim * 4;
}

/** Pauses the task, writes the backlog to the source, and lets the task go on. */
export async function writeWhilePaused(
  service: ServiceProcess,
  taskId: string,
  source: { readonly uri: string; readonly client: MilvusClient },
  backlog: Backlog,
): Promise<readonly TestCollection[]> {
  const all = Array.from(
    { length: backlog.collections },
    (_, i) => new TestCollection(source.client, `backlog_${i}`, { dim: backlog.dim }),
  );
  await service.cdc("pause", { task_id: taskId });
  for (const collection of all) await collection.create({ shards_num: backlog.shards });
  await inPairs(all, ({ names }) => fillByBatches(source.uri, names, backlog.rows, backlog.dim));
  await service.cdc("resume", { task_id: taskId });
  return all;
}

/** Waits until so many rows have been written to the target. */
export async function untilWritten(
  service: ServiceProcess,
  taskId: string,
  rows: number,
  everyMs = 200,
): Promise<void> {
  while ((await writtenRows(service, taskId)) < rows) await delay(everyMs);
}

/** Rows that this run of the task has written. */
export async function writtenRows(service: ServiceProcess, taskId: string): Promise<number> {
  const { health = {} } = await service.task(taskId);
  return Number(health["inserted_rows"] ?? 0) + Number(health["upserted_rows"] ?? 0);
}

async function inPairs<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += 2) await Promise.all(items.slice(i, i + 2).map(action));
}
