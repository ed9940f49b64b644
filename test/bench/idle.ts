import { setTimeout as delay } from "node:timers/promises";
import type { ServiceProcess } from "../support/e2e-service.js";
import { createCollections } from "../support/backlog.js";
import { cpuSeconds, usageOf } from "../support/process-usage.js";
import { countOf } from "./collections.js";
import { atMost, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const MAX_CPU_PERCENT = 1;
const MAX_RSS_MB = 120;
/** One that has just begun still compiles, and looks at what it has made. */
const SETTLE_MS = 10_000;

/** What the service takes while nothing is written, with one task and with ten. */
export async function idle(options: BenchOptions): Promise<readonly Line[]> {
  const { seconds, dim } = options;
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const collections = await createCollections(scene.source, { collections: 10, dim, shards: 1 }, "idle");
  const lines: Line[] = [];
  for (const [i, collection] of collections.entries()) {
    await service.createTask(scene.sandbox.target.uri, [collection.names.collection_name]);
    if (i !== 0 && i !== collections.length - 1) continue;
    await scene.haveReachedTarget(collections.slice(0, i + 1));
    await scene.calm();
    await delay(SETTLE_MS);
    const tasks = countOf(i + 1, "task");
    const cpu = await cpuPercent(service, seconds);
    lines.push(atMost(`idle with ${tasks}: CPU`, cpu, MAX_CPU_PERCENT, "% of a core"));
    lines.push(atMost(`idle with ${tasks}: RSS`, usageOf(service.pid).rssMb, MAX_RSS_MB, "MB"));
  }
  return lines;
}

async function cpuPercent({ pid }: ServiceProcess, seconds: number): Promise<number> {
  const [before, start] = [cpuSeconds(pid), performance.now()];
  await delay(seconds * 1_000);
  return ((cpuSeconds(pid) - before) * 100_000) / (performance.now() - start);
}
