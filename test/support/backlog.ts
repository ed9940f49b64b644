import { setTimeout as delay } from "node:timers/promises";
import { inParallel } from "../../src/async/in-parallel.js";
import { insertBatches } from "./bench-rows.js";
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

/** The collections of a backlog, without rows. */
export async function createCollections(
  client: MilvusClient,
  { collections, dim, shards }: Omit<Backlog, "rows">,
  prefix = "backlog",
): Promise<readonly TestCollection[]> {
  const all = Array.from(
    { length: collections },
    (_, i) => new TestCollection(client, `${prefix}_${i}`, { dim }),
  );
  for (const collection of all) await collection.create({ shards_num: shards });
  return all;
}

/** Writes as many rows into each, two collections at a time. */
export async function fillCollections(
  uri: string,
  all: readonly TestCollection[],
  { rows, dim }: Pick<Backlog, "rows" | "dim">,
): Promise<void> {
  await inParallel(all, 2, async ({ names }) => {
    await insertBatches(uri, names, { rows, dim });
  });
}

/** Pauses the task, writes the backlog to the source, and lets the task go on. */
export async function writeWhilePaused(
  service: ServiceProcess,
  taskId: string,
  source: { readonly uri: string; readonly client: MilvusClient },
  backlog: Backlog,
): Promise<readonly TestCollection[]> {
  await service.cdc("pause", { task_id: taskId });
  const all = await createCollections(source.client, backlog);
  await fillCollections(source.uri, all, backlog);
  await service.cdc("resume", { task_id: taskId });
  return all;
}

/** Waits until so many rows have been written to the target. */
export async function untilWritten(service: ServiceProcess, taskId: string, rows: number): Promise<void> {
  while ((await writtenRows(service, taskId)) < rows) await delay(200);
}

/** Rows that this run of the task has written. */
export async function writtenRows(service: ServiceProcess, taskId: string): Promise<number> {
  const { health = {} } = await service.task(taskId);
  return Number(health["inserted_rows"] ?? 0) + Number(health["upserted_rows"] ?? 0);
}
