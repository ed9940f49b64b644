import { insertBatches, type InsertLoop } from "../support/bench-rows.js";
import { TestCollection } from "../support/e2e-collection.js";
import { cpuSeconds } from "../support/process-usage.js";
import type { Scene } from "./scene.js";

const BATCHES = [4_096, 8_192, 16_384];
const IN_FLIGHT = [1, 2, 4];

/** What a plain client writes. */
export interface PlainRows {
  readonly rows: number;
  readonly dim: number;
  /** Its collection is loaded: what reads it takes each row in as well, which costs a server as much again. */
  readonly isLoaded: boolean;
}

export interface PlainRate {
  readonly rowsPerSecond: number;
  /** CPU seconds of the target per million rows. */
  readonly targetCpu: number;
}

/** Tries batch sizes and numbers of requests in flight; answers the loop that was fastest. */
export async function fastestLoop(scene: Scene, plain: PlainRows): Promise<InsertLoop> {
  const loops = BATCHES.flatMap((batch) => IN_FLIGHT.map((inFlight) => ({ batch, inFlight })));
  let [fastest, best]: [InsertLoop, number] = [{ batch: 16_384, inFlight: 2 }, 0];
  for (const loop of loops) {
    const { rowsPerSecond } = await plainRate(scene, plain, loop);
    console.error(
      `  batches of ${loop.batch}, ${loop.inFlight} in flight: ${Math.round(rowsPerSecond)} rows/s`,
    );
    if (rowsPerSecond > best) [fastest, best] = [loop, rowsPerSecond];
  }
  return fastest;
}

/** A plain client that inserts batch after batch into a collection of its own on the target. */
export async function plainRate(
  scene: Scene,
  { rows, dim, isLoaded }: PlainRows,
  loop: InsertLoop,
): Promise<PlainRate> {
  const collection = new TestCollection(scene.target, "plain", { dim });
  await (isLoaded ? collection.createLoaded() : collection.create());
  const { uri, pid } = scene.sandbox.target;
  const before = cpuSeconds(pid);
  const seconds = await insertBatches(uri, collection.names, { rows, dim, loop });
  const targetCpu = ((cpuSeconds(pid) - before) * 1e6) / rows;
  await collection.drop();
  return { rowsPerSecond: rows / seconds, targetCpu };
}
