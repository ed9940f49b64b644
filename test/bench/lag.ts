// Lag from an acknowledged insert to the row being visible on the target, by Eventually and by
// Strong reads. Tasks with and without early apply take turns.
// Usage: npm run bench:lag -- [inserts per second] [seconds of a turn] [rounds]
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { setTimeout as delay } from "node:timers/promises";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";

const POLL_MS = 5;
const WAYS = { Eventually: ConsistencyLevelEnum.Eventually, Strong: ConsistencyLevelEnum.Strong } as const;
const [perSecond = 10, seconds = 30, rounds = 2] = process.argv.slice(2).map(Number);

/** Lags by what is measured, such as `on, Eventually`. */
type Lags = Map<string, number[]>;

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  const clients = [sandbox.source, sandbox.target].map(({ uri }) => connect(uri)) as [
    MilvusClient,
    MilvusClient,
  ];
  await using service = await ServiceProcess.over(sandbox);
  const lags: Lags = new Map();
  for (let round = 0; round < rounds; round++)
    for (const earlyApply of [true, false]) await turn(sandbox, service, clients, earlyApply, lags);
  print(lags);
  await Promise.all(clients.map((client) => client.closeConnection()));
}

async function turn(
  { target: { uri } }: Sandbox,
  service: ServiceProcess,
  [source, target]: readonly [MilvusClient, MilvusClient],
  earlyApply: boolean,
  lags: Lags,
): Promise<void> {
  const taskId = await service.createTask(uri, ["*"], { early_apply: earlyApply });
  const collection = new TestCollection(source, "lag", { dim: 128 });
  await collection.createLoaded();
  await collection.insert(1, 1);
  await becomesEqual(source, target);
  const writing = write(collection);
  for (const [way, found] of await Promise.all(
    Object.keys(WAYS).map((one) => watch(collection, target, one as keyof typeof WAYS, writing)),
  )) {
    const name = `${earlyApply ? "on" : "off"} | ${way}`;
    lags.set(name, [...(lags.get(name) ?? []), ...found]);
  }
  await collection.drop();
  await becomesEqual(source, target);
  await service.cdc("delete", { task_id: taskId });
}

interface Writing {
  /** When each insert was acknowledged. */
  readonly acknowledged: Map<number, number>;
  isOver: boolean;
}

/** Writes at a steady rate. */
function write(collection: TestCollection): Writing {
  const writing: Writing = { acknowledged: new Map(), isOver: false };
  void (async () => {
    const start = Date.now();
    for (let id = 2; id < 2 + perSecond * seconds; id++) {
      await collection.insert(id, id);
      writing.acknowledged.set(id, Date.now());
      await delay(Math.max(0, start + ((id - 1) * 1000) / perSecond - Date.now()));
    }
    writing.isOver = true;
  })();
  return writing;
}

/** Watches the target's highest id; a lag ends at the first look that shows the row. */
async function watch(
  { names }: TestCollection,
  target: MilvusClient,
  way: keyof typeof WAYS,
  writing: Writing,
): Promise<readonly [string, readonly number[]]> {
  const lags: number[] = [];
  let next = 2;
  while (!writing.isOver || next < 2 + perSecond * seconds) {
    const { data } = await target.query({
      ...names,
      filter: `id >= ${next}`,
      output_fields: ["id"],
      consistency_level: WAYS[way],
    });
    const now = Date.now();
    const shown = new Set(data.map((row) => Number(row["id"])));
    for (; shown.has(next); next++) lags.push(Math.max(0, now - (writing.acknowledged.get(next) ?? now)));
    await delay(POLL_MS);
  }
  return [way, lags];
}

function print(lags: Lags): void {
  console.log(
    `| inserts/s | early apply | reads | rows | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|---|---|`,
  );
  for (const [name, some] of lags) {
    const sorted = some.sort((a, b) => a - b);
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
    console.log(`| ${perSecond} | ${name} | ${sorted.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} |`);
  }
}

await main();
process.exit(0);
