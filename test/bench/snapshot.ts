// A snapshot of existing rows against a plain loop of inserts into the same target, in one run.
// Usage: npm run bench:snapshot -- [rows] [dim]
import { setTimeout as delay } from "node:timers/promises";
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { fillByBatches, writeRate } from "../support/bench-rows.js";

const [rows = 1_000_000, dim = 128] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  const [source, target] = [connect(sandbox.source.uri), connect(sandbox.target.uri)];
  const collection = new TestCollection(source, "snapshot", { dim });
  await collection.create();
  await fillByBatches(sandbox.source.uri, collection.names, rows, dim);
  await collection.index();
  await collection.load();
  const before = await writeRate(sandbox.target.uri, target, "limit_before", rows / 4, dim);
  await using service = await ServiceProcess.over(sandbox);
  const start = Date.now();
  const taskId = await service.createTask(sandbox.target.uri);
  while (!service.log.includes("snapshot ended")) await delay(50);
  const rate = rows / ((Date.now() - start) / 1000);
  const after = await writeRate(sandbox.target.uri, target, "limit_after", rows / 4, dim);
  const limit = (before + after) / 2;
  console.log(`| rows | snapshot rows/s | plain inserts rows/s | ratio |\n|---|---|---|---|`);
  console.log(
    `| ${rows} x ${dim}-d | ${Math.round(rate)} | ${Math.round(limit)} | ${(rate / limit).toFixed(2)} |`,
  );
  await service.cdc("delete", { task_id: taskId });
  console.log(`on the target: ${await count(target, collection)}`);
  await Promise.all([source.closeConnection(), target.closeConnection()]);
}

async function count(client: MilvusClient, { names }: TestCollection): Promise<number> {
  for (;;) {
    const { data } = await client.query({
      ...names,
      filter: "",
      output_fields: ["count(*)"],
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    // it may still be loading
    if (data.length > 0) return Number(data[0]?.["count(*)"] ?? 0);
    await delay(200);
  }
}

await main();
process.exit(0);
