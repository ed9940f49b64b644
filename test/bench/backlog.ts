import { backlogBytes, createCollections } from "../support/backlog.js";
import { insertBatches } from "../support/bench-rows.js";
import { compared, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";
import { timedDrain } from "./timed-drain.js";

const GIGABYTE = 1e9;
/** Of a request of the writer. */
const BATCH_BYTES = 8 << 20;

/** Whether a large backlog drains as fast as a small one; the small one drains again in the end, to show what chance does. */
export async function backlog(options: BenchOptions): Promise<readonly Line[]> {
  const { gigabytes, dim } = options;
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  const loop = { batch: Math.floor(BATCH_BYTES / (dim * 4)), inFlight: 2 };
  const lines: Line[] = [];
  let first: number | undefined;
  for (const [index, size] of [1, gigabytes, 1].entries()) {
    const rows = Math.ceil((size * GIGABYTE) / (dim * 4));
    const shape = { collections: 1, rows, dim, shards: 1 };
    const all = await createCollections(scene.source, shape, `backlog_${index}`);
    await scene.haveReachedTarget(all);
    const write = async (): Promise<void> => {
      for (const { names } of all) await insertBatches(scene.sandbox.source.uri, names, { rows, dim, loop });
    };
    const { rowsPerSecond, peakRssMb } = await timedDrain(scene, service, [taskId], { write, rows });
    for (const collection of all) await collection.drop();
    first ??= rowsPerSecond;
    const name = `drain of ${(backlogBytes(shape) / GIGABYTE).toFixed(0)} GB, ${dim}-d`;
    const line = compared(name, rowsPerSecond, rowsPerSecond / first, { of: "the first" });
    lines.push({ ...line, measured: `${line.measured}, peak RSS ${peakRssMb} MB` });
    console.error(`  ${name}: ${Math.round(rowsPerSecond)} rows/s`);
  }
  return lines;
}
