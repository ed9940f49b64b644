import { inParallel } from "../../src/async/in-parallel.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { onFailure } from "../support/on-failure.js";
import { revive } from "../support/revive.js";
import { SteadyWriter } from "../support/steady-writer.js";

const TASKS = 4;
/** Written while some tasks are paused. */
const BEHIND = 2_000;

describe("several tasks of one source, which share what they fetch", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;

  before(async function () {
    this.timeout(300_000);
    const { brokers, sourceUri } = sandbox();
    service = await ServiceProcess.start({ sourceUri, brokers });
  });
  after(() => service[Symbol.asyncDispose]());
  onFailure(() => service.lastLines);

  it("each have all rows, while some are paused, and Kafka and the service are killed", async () => {
    const { source, target, targetUri, sandbox: servers } = sandbox();
    const collections = Array.from({ length: TASKS }, (_, i) => new TestCollection(source, `of_task_${i}`));
    for (const collection of collections) await collection.createLoaded({ shards_num: 2 });
    const taskIds: string[] = [];
    for (const { names } of collections)
      taskIds.push(await service.createTask(targetUri, [names.collection_name]));
    const writers = collections.map((collection) => new SteadyWriter(collection, 1));
    const written = (rows: number): Promise<void> =>
      eventually(() => {
        if (writers.some(({ next }) => next < rows)) throw new Error("there are fewer rows");
      });
    const behind = taskIds.filter((_, i) => i % 2 === 0);

    await written(500);
    for (const id of behind) await service.cdc("pause", { task_id: id });
    const start = Math.max(...writers.map(({ next }) => next));
    await written(start + BEHIND);
    for (const id of behind) await service.cdc("resume", { task_id: id });
    await servers.kafka.kill();
    await revive(servers.kafka);
    await written(start + BEHIND + 500);
    await service.end("SIGKILL");
    await service.launch();
    await written(start + BEHIND + 1_000);
    await Promise.all(writers.map((writer) => writer.stop()));
    await inParallel(collections, TASKS, async ({ names }) => {
      check((await source.delete({ ...names, filter: "id in [1, 700, 2500]" })).status);
    });
    await becomesEqual(source, target);
  });
});
