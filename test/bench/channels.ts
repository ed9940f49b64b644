import { createCollections } from "../support/backlog.js";
import { countOf } from "./collections.js";
import { drainCurve, type Point } from "./curve.js";
import type { Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const SHARDS = [1, 2, 4, 8, 16];

/** The same rows in one collection of more and more shards, each in a channel of its own. */
export async function channels(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  const taskId = await service.createTask(scene.sandbox.target.uri);
  return await drainCurve(scene, service, points(scene, taskId, options), options);
}

async function* points(scene: Scene, taskId: string, { dim }: BenchOptions): AsyncGenerator<Point> {
  for (const shards of SHARDS) {
    const collections = await createCollections(
      scene.source,
      { collections: 1, dim, shards },
      `shards_${shards}`,
    );
    yield { name: countOf(shards, "channel"), collections, taskIds: [taskId] };
  }
}
