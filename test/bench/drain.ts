// Backlog written while the task is paused, then resumed. Usage: npm run bench:drain -- [rows] [dim]
import { setTimeout as delay } from "node:timers/promises";
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { cpuSeconds, peakRssMb } from "../support/process-usage.js";

const [rows = 200_000, dim = 128] = process.argv.slice(2).map(Number);
const BATCH = 5_000;

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  const [source, target] = [connect(sandbox.source.uri), connect(sandbox.target.uri)];
  await using service = await ServiceProcess.over(sandbox);
  const taskId = await service.createTask(sandbox.target.uri);
  const collection = new TestCollection(source, "drain", { dim });
  await collection.createLoaded();
  await collection.insert(1, 1);
  await becomesEqual(source, target);
  await service.cdc("pause", { task_id: taskId });
  for (let first = 2; first < rows + 2; first += BATCH) await collection.insert(first, first + BATCH - 1);
  const cpuBefore = cpuSeconds(service.pid);
  const start = Date.now();
  await service.cdc("resume", { task_id: taskId });
  while ((await count(target, collection)) < rows + 1) await delay(100);
  const seconds = (Date.now() - start) / 1000;
  const cpu = cpuSeconds(service.pid) - cpuBefore;
  console.log(`| rows | rows/s | CPU s per million rows | peak RSS MB |\n|---|---|---|---|`);
  console.log(
    `| ${rows} x ${dim}-d | ${Math.round(rows / seconds)} | ${((cpu * 1e6) / rows).toFixed(2)} | ${peakRssMb(service.pid)} |`,
  );
  await Promise.all([source.closeConnection(), target.closeConnection()]);
}

async function count(client: MilvusClient, { names }: TestCollection): Promise<number> {
  const { data } = await client.query({
    ...names,
    filter: "",
    output_fields: ["count(*)"],
    consistency_level: ConsistencyLevelEnum.Eventually,
  });
  return Number(data[0]?.["count(*)"] ?? 0);
}

await main();
process.exit(0);
