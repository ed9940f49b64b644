import { setTimeout as delay } from "node:timers/promises";
import { insertBatches } from "../support/bench-rows.js";
import { TestCollection } from "../support/e2e-collection.js";
import { verify as verifyTask } from "../support/verify-client.js";
import { compared, type Line } from "./line.js";
import { cpuLine, cpuUse } from "./cpu-use.js";
import type { BenchOptions } from "./options.js";
import { fastestRead, readOnce } from "./read-rows.js";
import { Scene } from "./scene.js";

/** Every row of both sides compared, beside what the slower of them can be read with. */
export async function verify(options: BenchOptions): Promise<readonly Line[]> {
  const { rows, dim } = options;
  await using scene = await Scene.open(options);
  const { source, target } = scene.sandbox;
  const collection = new TestCollection(scene.source, "verify", { dim });
  await collection.createLoaded();
  await insertBatches(source.uri, collection.names, { rows, dim });
  await using service = await scene.startService();
  const taskId = await service.createTask(target.uri);
  while (!service.log.includes("snapshot ended")) await delay(50);
  await scene.calm();
  const reads = {
    source: await fastestRead("source", source.uri, collection.names, rows),
    target: await fastestRead("target", target.uri, collection.names, rows),
  };
  await scene.calm();
  const both = await cpuUse({ source: source.pid, target: target.pid }, async () => {
    await Promise.all([
      readOnce("source", source.uri, collection.names, rows),
      readOnce("target", target.uri, collection.names, rows),
    ]);
  });
  await scene.calm();
  const use = await cpuUse(scene.pids(service), async () => {
    const { result } = await verifyTask(service.port, { taskId });
    const seen = result.collections.reduce((sum, { comparedRows }) => sum + comparedRows, 0n);
    if (!result.isEqual || !result.isComplete || seen !== BigInt(rows))
      throw new Error(`${seen} of ${rows} rows compared, and not found equal`);
  });
  const [rate, atOnce] = [rows / use.seconds, rows / both.seconds];
  const name = `full verification of ${rows.toLocaleString("en")} rows`;
  const [limit, of] =
    reads.source < reads.target ? [reads.source, "the source's reads"] : [reads.target, "the target's reads"];
  return [
    compared("plain reads of the source", reads.source, reads.source / limit, { of }),
    compared("plain reads of the target", reads.target, reads.target / limit, { of }),
    compared("plain reads of both at once", atOnce, atOnce / limit, { of }),
    cpuLine("plain reads of both at once", both, rows),
    compared(name, rate, rate / limit, { of, goal: 0.5 }),
    compared(name, rate, rate / atOnce, { of: "both at once" }),
    cpuLine("verification", use, rows),
  ];
}
