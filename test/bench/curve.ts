import type { TestCollection } from "../support/e2e-collection.js";
import type { ServiceProcess } from "../support/e2e-service.js";
import { fillCollections } from "../support/backlog.js";
import { compared, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import type { Scene } from "./scene.js";
import { timedDrain } from "./timed-drain.js";

/** A drain of so many rows in all, through more and more of something. */
export interface Point {
  readonly name: string;
  readonly collections: readonly TestCollection[];
  readonly taskIds: readonly string[];
}

/** Drains as many rows at each point; each is compared with the first. */
export async function drainCurve(
  scene: Scene,
  service: ServiceProcess,
  points: AsyncIterable<Point>,
  { "point-rows": rows, dim }: BenchOptions,
): Promise<Line[]> {
  const lines: Line[] = [];
  let first: number | undefined;
  for await (const { name, collections, taskIds } of points) {
    await scene.haveReachedTarget(collections);
    await scene.calm();
    const each = Math.ceil(rows / collections.length);
    const write = (): Promise<void> =>
      fillCollections(scene.sandbox.source.uri, collections, { rows: each, dim });
    const drained = await timedDrain(scene, service, taskIds, { write, rows: each * collections.length });
    first ??= drained.rowsPerSecond;
    lines.push(
      compared(`drain: ${name}`, drained.rowsPerSecond, drained.rowsPerSecond / first, { of: "the first" }),
    );
    console.error(`  ${name}: ${Math.round(drained.rowsPerSecond)} rows/s`);
  }
  return lines;
}
