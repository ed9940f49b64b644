import { setTimeout as delay } from "node:timers/promises";
import { insertBatches } from "../support/bench-rows.js";
import { TestCollection } from "../support/e2e-collection.js";
import { compared, type Line } from "./line.js";
import { cpuLine, cpuUse, type CpuUse } from "./cpu-use.js";
import type { BenchOptions } from "./options.js";
import { fastestLoop, plainRate } from "./plain-loop.js";
import { fastestRead, readOnce } from "./read-rows.js";
import { Scene } from "./scene.js";

/** A copy of existing rows, beside what the source can be read with and what the target takes. */
export async function snapshot(options: BenchOptions): Promise<readonly Line[]> {
  const { rows, dim } = options;
  await using scene = await Scene.open(options);
  const { source, target } = scene.sandbox;
  const collection = new TestCollection(scene.source, "snapshot", { dim });
  await collection.createLoaded();
  await insertBatches(source.uri, collection.names, { rows, dim });
  await scene.calm();
  const reads = await fastestRead("source", source.uri, collection.names, rows);
  const plain = { rows, dim, isLoaded: true };
  const loop = await fastestLoop(scene, { ...plain, rows: Math.ceil(rows / 5) });
  await scene.calm();
  const inserts = (await plainRate(scene, plain, loop)).rowsPerSecond;
  await scene.calm();
  const both = await cpuUse({ source: source.pid, target: target.pid }, async () => {
    await Promise.all([
      readOnce("source", source.uri, collection.names, rows),
      plainRate(scene, plain, loop),
    ]);
  });
  const atOnce = rows / both.seconds;
  await scene.calm();
  const use = await copy(scene);
  const copied = rows / use.seconds;
  const name = `snapshot of ${rows.toLocaleString("en")} rows`;
  const [limit, of] = reads < inserts ? [reads, "the reads"] : [inserts, "the plain inserts"];
  return [
    compared("plain reads of the source", reads, reads / limit, { of }),
    compared("plain inserts into the target", inserts, inserts / limit, { of }),
    compared("reads and inserts at once", atOnce, atOnce / limit, { of }),
    cpuLine("reads and inserts at once", both, rows),
    compared(name, copied, copied / limit, { of, goal: 0.9 }),
    compared(name, copied, copied / atOnce, { of: "reads and inserts at once" }),
    cpuLine("snapshot", use, rows),
  ];
}

/** From the task's creation to the last row. */
async function copy(scene: Scene): Promise<CpuUse<string>> {
  await using service = await scene.startService();
  return await cpuUse(scene.pids(service), async () => {
    await service.createTask(scene.sandbox.target.uri);
    while (!service.log.includes("snapshot ended")) await delay(50);
  });
}
