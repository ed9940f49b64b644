import { backlogBytes, untilWritten, writeWhilePaused, writtenRows } from "../support/backlog.js";
import { FaultProxy } from "../support/fault-proxy.js";
import { forgetPeak, peakRssMb } from "../support/process-usage.js";
import { atMost, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";

const COLLECTIONS = 4;
const MAX_RSS_MB = 600;

/** Memory of the service while it drains a backlog of several collections into a slow target. */
export async function memory(options: BenchOptions): Promise<readonly Line[]> {
  const { rows, dim, megabytes } = options;
  await using scene = await Scene.open(options);
  const { source, target } = scene.sandbox;
  await using proxy = await FaultProxy.open(Number(new URL(target.uri).port));
  await using service = await scene.startService();
  const taskId = await service.createTask(`http://${proxy.address}`);
  const backlog = { collections: COLLECTIONS, rows, dim, shards: 2 };
  proxy.become({ bytesPerSecond: megabytes * 1e6 });
  forgetPeak(service.pid);
  await writeWhilePaused(service, taskId, { uri: source.uri, client: scene.source }, backlog);
  const report = setInterval(() => {
    void writtenRows(service, taskId).then((written) =>
      console.error(`  ${written} rows, peak ${peakRssMb(service.pid)} MB`),
    );
  }, 10_000);
  await untilWritten(service, taskId, rows * COLLECTIONS);
  clearInterval(report);
  const what = `${Math.round(backlogBytes(backlog) / 1e6)} MB of ${COLLECTIONS} collections`;
  return [
    atMost(`${what} into a target of ${megabytes} MB/s: peak RSS`, peakRssMb(service.pid), MAX_RSS_MB, "MB"),
  ];
}
