import { setTimeout as delay } from "node:timers/promises";
import { insertBatches } from "../support/bench-rows.js";
import { TestCollection } from "../support/e2e-collection.js";
import { compared, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { fastestLoop, plainRate } from "./plain-loop.js";
import { fastestRead } from "./read-rows.js";
import { Scene } from "./scene.js";

/** A copy of existing rows, beside what the source can be read with and what the target takes. */
export async function snapshot(options: BenchOptions): Promise<readonly Line[]> {
  const { rows, dim } = options;
  await using scene = await Scene.open();
  const collection = new TestCollection(scene.source, "snapshot", { dim });
  await collection.createLoaded();
  await insertBatches(scene.sandbox.source.uri, collection.names, { rows, dim });
  await scene.calm();
  const reads = await fastestRead("source", scene.sandbox.source.uri, collection.names, rows);
  const loop = await fastestLoop(scene, Math.ceil(rows / 5), dim);
  await scene.calm();
  const inserts = (await plainRate(scene, rows, dim, loop)).rowsPerSecond;
  await scene.calm();
  const copied = await copyRate(scene, rows);
  const [limit, of] = reads < inserts ? [reads, "the reads"] : [inserts, "the plain inserts"];
  return [
    compared("plain reads of the source", reads, reads / limit, { of }),
    compared("plain inserts into the target", inserts, inserts / limit, { of }),
    compared(`snapshot of ${rows.toLocaleString("en")} rows`, copied, copied / limit, { of, goal: 0.9 }),
  ];
}

/** From the task's creation to the last row. */
async function copyRate(scene: Scene, rows: number): Promise<number> {
  await using service = await scene.startService();
  const start = performance.now();
  await service.createTask(scene.sandbox.target.uri);
  while (!service.log.includes("snapshot ended")) await delay(50);
  return rows / ((performance.now() - start) / 1000);
}
