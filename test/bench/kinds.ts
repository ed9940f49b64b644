import { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import { createCollections } from "../support/backlog.js";
import { writeBatches } from "../support/bench-rows.js";
import type { Names } from "../support/e2e-collection.js";
import { compared, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";
import { timedDrain, type Changes } from "./timed-drain.js";

const NEVER = new AbortController().signal;
const KEYS_OF_A_DELETE = 10_000;

/** Upserts and deletes of rows that are there, beside inserts of as many. */
export async function kinds(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  const [collection] = await createCollections(scene.source, { collections: 1, dim: options.dim, shards: 1 });
  if (collection === undefined) return [];
  await scene.haveReachedTarget([collection]);
  const rpc = new MilvusRpc("source", targetAddress({ uri: scene.sandbox.source.uri }));
  const lines: Line[] = [];
  let inserts: number | undefined;
  for (const [name, changes] of changesOf(rpc, collection.names, options)) {
    const { rowsPerSecond } = await timedDrain(scene, service, [taskId], changes);
    inserts ??= rowsPerSecond;
    lines.push(compared(`drain: ${name}`, rowsPerSecond, rowsPerSecond / inserts, { of: "inserts" }));
    console.error(`  ${name}: ${Math.round(rowsPerSecond)} rows/s`);
  }
  rpc.close();
  return lines;
}

function changesOf(
  rpc: MilvusRpc,
  names: Names,
  { "point-rows": rows, dim }: BenchOptions,
): readonly (readonly [string, Changes])[] {
  const batches = { rows, dim };
  const inserts = async (): Promise<void> => {
    await writeBatches((request) => rpc.insert(request, NEVER), names, batches);
  };
  const upserts = async (): Promise<void> => {
    await writeBatches((request) => rpc.upsert(request, NEVER), names, batches);
  };
  return [
    ["inserts", { write: inserts, rows }],
    ["upserts of all", { write: upserts, rows }],
    ["deletes of all", { write: () => deleteAll(rpc, names, rows), rows, counters: ["deleted_keys"] }],
  ];
}

async function deleteAll(rpc: MilvusRpc, names: Names, rows: number): Promise<void> {
  const place = { database: names.db_name, collection: names.collection_name, partition: "" };
  for (let first = 1; first <= rows; first += KEYS_OF_A_DELETE) {
    const length = Math.min(KEYS_OF_A_DELETE, rows - first + 1);
    const keys = Array.from({ length }, (_, i) => first + i);
    await rpc.delete({ ...place, expr: `id in [${keys.join(",")}]` }, NEVER);
  }
}
