import { createCollections } from "../support/backlog.js";
import type { TestCollection } from "../support/e2e-collection.js";
import { drainCurve, type Point } from "./curve.js";
import type { Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const COUNTS = [1, 10, 50, 200];

/** The same rows in more and more, smaller and smaller collections. */
export async function collections(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  return await drainCurve(scene, service, points(scene, taskId, options), options);
}

async function* points(scene: Scene, taskId: string, options: BenchOptions): AsyncGenerator<Point> {
  const all: TestCollection[] = [];
  for (const count of COUNTS.filter((n) => n <= options.collections)) {
    const shape = { collections: count - all.length, dim: options.dim, shards: 1 };
    all.push(...(await createCollections(scene.source, shape, `of_${count}`)));
    yield { name: countOf(count, "collection"), collections: [...all], taskIds: [taskId] };
  }
}

export function countOf(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
