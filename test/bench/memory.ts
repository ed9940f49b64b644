// Memory of the service while it drains a backlog into a slow target.
// Usage: npm run bench:memory -- [rows of each collection] [collections] [dim] [MB/s of the target]
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { backlogBytes, untilWritten, writeWhilePaused, writtenRows } from "../support/backlog.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { FaultProxy } from "../support/fault-proxy.js";
import { cpuSeconds, forgetPeak, peakRssMb } from "../support/process-usage.js";

const [rows = 1_000_000, collections = 4, dim = 128, megabytes = 25] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  await using proxy = await FaultProxy.open(Number(new URL(sandbox.target.uri).port));
  await using service = await ServiceProcess.over(sandbox);
  const taskId = await service.createTask(`http://${proxy.address}`);
  const backlog = { collections, rows, dim, shards: 2 };
  proxy.become({ bytesPerSecond: megabytes * 1e6 });
  forgetPeak(service.pid);
  const client = connect(sandbox.source.uri);
  await writeWhilePaused(service, taskId, { uri: sandbox.source.uri, client }, backlog);
  await client.closeConnection();
  const [start, cpu] = [Date.now(), cpuSeconds(service.pid)];
  const report = setInterval(() => {
    void writtenRows(service, taskId).then((written) =>
      console.error(`${written} rows, peak ${peakRssMb(service.pid)} MB`),
    );
  }, 10_000);
  await untilWritten(service, taskId, rows * collections);
  clearInterval(report);
  const seconds = (Date.now() - start) / 1000;
  console.log("| backlog | target | rows/s | CPU s per million rows | peak RSS |\n|---|---|---|---|---|");
  console.log(
    `| ${Math.round(backlogBytes(backlog) / 1e6)} MB in ${collections} collections | ${megabytes} MB/s | ` +
      `${Math.round((rows * collections) / seconds)} | ` +
      `${(((cpuSeconds(service.pid) - cpu) * 1e6) / (rows * collections)).toFixed(2)} | ${peakRssMb(service.pid)} MB |`,
  );
}

await main();
process.exit(0);
