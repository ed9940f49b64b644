// Lag from an acknowledged insert to the row being visible on the target, with
// Eventually reads. Usage: npm run bench:lag -- [inserts per second] [seconds]
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { setTimeout as delay } from "node:timers/promises";
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";

const POLL_MS = 5;
const [perSecond = 10, seconds = 30] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  const [source, target] = [connect(sandbox.source.uri), connect(sandbox.target.uri)];
  await using service = await ServiceProcess.over(sandbox);
  await service.createTask(sandbox.target.uri);
  const collection = new TestCollection(source, "lag", { dim: 128 });
  await collection.createLoaded();
  await collection.insert(1, 1);
  await becomesEqual(source, target);
  const lags = await measure(collection, target);
  print(lags);
  await Promise.all([source.closeConnection(), target.closeConnection()]);
}

/** Writes at a steady rate and watches the target's highest id; a lag ends at the first look that shows the row. */
async function measure(collection: TestCollection, target: MilvusClient): Promise<number[]> {
  const waiting = new Map<number, number>();
  const lags: number[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      await look(collection, target, waiting, lags);
      await delay(POLL_MS);
    }
  })();
  const total = perSecond * seconds;
  const start = Date.now();
  for (let id = 2; id < 2 + total; id++) {
    await collection.insert(id, id);
    waiting.set(id, Date.now());
    await delay(Math.max(0, start + ((id - 1) * 1000) / perSecond - Date.now()));
  }
  while (waiting.size > 0) await delay(10);
  watching.abort();
  await watch;
  return lags;
}

async function look(
  { names }: TestCollection,
  target: MilvusClient,
  waiting: Map<number, number>,
  lags: number[],
): Promise<void> {
  const [lowest] = waiting.keys();
  if (lowest === undefined) return;
  const { data } = await target.query({
    ...names,
    filter: `id >= ${lowest}`,
    output_fields: ["id"],
    consistency_level: ConsistencyLevelEnum.Eventually,
  });
  const now = Date.now();
  for (const row of data) {
    const id = Number(row["id"]);
    const acknowledgedAt = waiting.get(id);
    if (acknowledgedAt === undefined) continue;
    waiting.delete(id);
    lags.push(now - acknowledgedAt);
  }
}

function print(lags: number[]): void {
  const sorted = lags.sort((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  console.log(`| inserts/s | rows | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|`);
  console.log(`| ${perSecond} | ${lags.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} |`);
}

await main();
process.exit(0);
