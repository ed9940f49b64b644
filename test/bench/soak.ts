import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { peakRssMb, usageOf } from "../support/process-usage.js";
import { SteadyWriter } from "../support/steady-writer.js";
import type { Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const LINES = 10;

/** What the service has in use while a task is paused and resumed under load, again and again. */
export async function soak(options: BenchOptions): Promise<readonly Line[]> {
  const { cycles } = options;
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  const collection = new TestCollection(scene.source, "soak");
  await collection.createLoaded({ shards_num: 2 });
  await using writer = new SteadyWriter(collection, 1);
  const lines: Line[] = [];
  for (let cycle = 0; cycle <= cycles; cycle++) {
    if (cycle % Math.ceil(cycles / LINES) === 0) {
      const { descriptors, sockets, threads, rssMb } = usageOf(service.pid);
      const measured =
        `${descriptors} descriptors, ${sockets} sockets, ${threads} threads, ` +
        `RSS ${rssMb} MB, peak ${peakRssMb(service.pid)} MB`;
      lines.push({ name: `after ${cycle} pauses`, measured });
      console.error(`  ${cycle} pauses: ${measured}`);
    }
    await service.cdc("pause", { task_id: taskId });
    await service.cdc("resume", { task_id: taskId });
  }
  await writer.stop();
  await becomesEqual(scene.source, scene.target, 300_000);
  return [...lines, { name: "soak: both sides in the end", measured: `equal, ${writer.next - 1} rows` }];
}
