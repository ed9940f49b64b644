import { createCollections } from "../support/backlog.js";
import type { ServiceProcess } from "../support/e2e-service.js";
import { countOf } from "./collections.js";
import { drainCurve, type Point } from "./curve.js";
import type { Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const TASKS = [1, 2, 4, 8];

/** The same rows through more and more tasks at once, each with a collection of its own. */
export async function tasks(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  return await drainCurve(scene, service, points(scene, service, options), options);
}

async function* points(scene: Scene, service: ServiceProcess, { dim }: BenchOptions): AsyncGenerator<Point> {
  for (const count of TASKS) {
    const collections = await createCollections(
      scene.source,
      { collections: count, dim, shards: 1 },
      `by_${count}`,
    );
    const taskIds: string[] = [];
    for (const { names } of collections)
      taskIds.push(await service.createTask(scene.sandbox.target.uri, [names.collection_name]));
    yield { name: countOf(count, "task"), collections, taskIds };
    for (const id of taskIds) await service.cdc("delete", { task_id: id });
  }
}
