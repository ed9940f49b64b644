// What the service has in use while a task is paused and resumed under load, again and again.
// Usage: npm run bench:soak -- [cycles]
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { peakRssMb, usageOf } from "../support/process-usage.js";
import { SteadyWriter } from "../support/steady-writer.js";

const [cycles = 1_000] = process.argv.slice(2).map(Number);
const LINES = 10;

async function main(): Promise<void> {
  await using sandbox = await startSandbox({ progress: console.error });
  const [source, target] = [connect(sandbox.source.uri), connect(sandbox.target.uri)];
  await using service = await ServiceProcess.over(sandbox);
  const taskId = await service.createTask(sandbox.target.uri);
  const collection = new TestCollection(source, "soak");
  await collection.createLoaded({ shards_num: 2 });
  const writer = new SteadyWriter(collection, 1);
  const start = Date.now();
  console.log(
    "| cycles | s | descriptors | sockets | threads | RSS | peak RSS |\n|---|---|---|---|---|---|---|",
  );
  for (let cycle = 0; cycle <= cycles; cycle++) {
    if (cycle % Math.ceil(cycles / LINES) === 0) {
      const { descriptors, sockets, threads, rssMb } = usageOf(service.pid);
      const seconds = Math.round((Date.now() - start) / 1000);
      const peak = peakRssMb(service.pid);
      console.log(
        `| ${cycle} | ${seconds} | ${descriptors} | ${sockets} | ${threads} | ${rssMb} | ${peak} |`,
      );
    }
    await service.cdc("pause", { task_id: taskId });
    await service.cdc("resume", { task_id: taskId });
  }
  await writer.stop();
  await becomesEqual(source, target, 300_000);
  console.log(`equal after ${writer.next - 1} rows`);
  await Promise.all([source.closeConnection(), target.closeConnection()]);
}

await main();
process.exit(0);
