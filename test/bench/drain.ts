import { backlogBytes, createCollections, fillCollections } from "../support/backlog.js";
import type { InsertLoop } from "../support/bench-rows.js";
import type { ServiceProcess } from "../support/e2e-service.js";
import { cpuLine } from "./cpu-use.js";
import { atMost, compared, median, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { fastestLoop, plainRate, type PlainRate } from "./plain-loop.js";
import { Scene } from "./scene.js";
import { timedDrain, type Drained } from "./timed-drain.js";

interface Pair {
  readonly limit: PlainRate;
  readonly drained: Drained;
}

/** The fastest plain loop of inserts into the target, and the drain of a backlog, in turns. */
export async function drain(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  const loop = await fastestLoop(scene, {
    rows: Math.ceil(options.rows / 5),
    dim: options.dim,
    isLoaded: false,
  });
  const pairs: Pair[] = [];
  for (let number = 0; number < options.pairs; number++)
    pairs.push(await measurePair(scene, service, taskId, { options, loop, number }));
  return lines(pairs, loop, options);
}

async function measurePair(
  scene: Scene,
  service: ServiceProcess,
  taskId: string,
  { options: { rows, dim }, loop, number }: { options: BenchOptions; loop: InsertLoop; number: number },
): Promise<Pair> {
  const shape = { collections: 1, rows, dim, shards: 1 };
  const all = await createCollections(scene.source, shape, `drain_${number}`);
  await scene.haveReachedTarget(all);
  await scene.calm();
  const limit = await plainRate(scene, { rows, dim, isLoaded: false }, loop);
  const write = (): Promise<void> => fillCollections(scene.sandbox.source.uri, all, shape);
  const drained = await timedDrain(scene, service, [taskId], { write, rows });
  for (const collection of all) await collection.drop();
  console.error(
    `  limit ${Math.round(limit.rowsPerSecond)}, drain ${Math.round(drained.rowsPerSecond)} rows/s`,
  );
  return { limit, drained };
}

function lines(pairs: readonly Pair[], loop: InsertLoop, { rows, dim }: BenchOptions): Line[] {
  const ratios = pairs.map(({ limit, drained }) => drained.rowsPerSecond / limit.rowsPerSecond);
  const middle = (of: (pair: Pair) => number): number => median(pairs.map(of));
  const rowsPerSecond = middle(({ drained }) => drained.rowsPerSecond);
  const megabytes = (rowsPerSecond / rows) * (backlogBytes({ collections: 1, rows, dim, shards: 1 }) / 1e6);
  const drained = compared(
    `drain of ${rows.toLocaleString("en")} rows x ${dim}-d, median of ${pairs.length} pairs`,
    rowsPerSecond,
    median(ratios),
    { of: "the limit", goal: 0.9 },
  );
  const ofService = middle(({ drained: { use } }) => (use.cpu.service * 1e6) / rows);
  const last = pairs.at(-1);
  return [
    compared(
      `limit: plain inserts of ${loop.batch} rows, ${loop.inFlight} in flight`,
      middle(({ limit }) => limit.rowsPerSecond),
      1,
      { of: "the limit" },
    ),
    {
      ...drained,
      measured: `${drained.measured}, ${megabytes.toFixed(0)} MB/s`,
      ratio: `${drained.ratio ?? ""} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    },
    atMost("drain: CPU of the service", ofService, 2, "s per million rows"),
    atMost("drain: peak RSS", Math.max(...pairs.map((p) => p.drained.peakRssMb)), 250, "MB"),
    {
      name: "drain: from resume to the first rows",
      measured: `${Math.round(middle((p) => p.drained.firstRowMs))} ms`,
    },
    ...(last === undefined ? [] : [cpuLine("drain, the last one", last.drained.use, rows)]),
    {
      name: "target under the plain loop: CPU seconds per million rows",
      measured: middle(({ limit }) => limit.targetCpu).toFixed(1),
    },
  ];
}
