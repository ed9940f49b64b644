import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { TestCollection, type Names } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";

/** A source shows imported rows up to 20 s after it calls the import completed. */
const SHOWN_MS = 90_000;
const BEGUN = "rows came by bulk import";

describe("bulk imports, whose rows are in no topic", function () {
  this.timeout(400_000);
  const sandbox = useSandbox();

  it("reach the target, from before the task, and while it and its service come and go", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    check(await source.createDatabase({ db_name: "second" }));
    // GIVEN imports that the task finds, one of them into a collection that is not loaded
    const [before, unloaded] = [new TestCollection(source, "before"), new TestCollection(source, "unloaded")];
    for (const collection of [before, unloaded]) {
      await collection.create({ shards_num: 2 });
      await collection.index();
      await collection.insert(1, 100);
    }
    await before.load();
    await Promise.all([imported(1_000, 200, before.names), imported(1_000, 50, unloaded.names)]);
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);

    // WHEN others follow, among changes, into partitions, with automatic keys, with the service killed
    const parted = new TestCollection(source, "parted", { database: "second" });
    await parted.create({ shards_num: 1 });
    await parted.index();
    for (const partition of ["loaded", "released"]) await parted.createPartition(partition);
    check(await source.loadPartitions({ ...parted.names, partition_names: ["loaded"] }));
    await parted.insert(1, 100, { partition: "loaded" });
    await imported(2_000, 50, parted.names, "loaded");
    await service.end("SIGKILL");
    await imported(2_000, 50, before.names);
    await service.launch();
    await before.insert(5_000, 5_100);
    check((await source.delete({ ...before.names, filter: "id in [1, 2, 1000, 1001]" })).status);

    // THEN
    await shown(source, before.names, 100 + 200 + 50 + 101 - 4);
    await shown(source, parted.names, 100 + 50, "loaded");
    await becomesEqual(source, target, SHOWN_MS);
    await unloaded.load();
    await shown(source, unloaded.names, 150);
    await becomesEqual(source, target, SHOWN_MS);
    // and nothing is copied for ever
    const begun = service.log.split(BEGUN).length;
    await delay(6_000);
    assert.equal(service.log.split(BEGUN).length, begun);
    const { state, health } = await service.task(taskId);
    assert.equal(state, "Running", JSON.stringify(health));
  });

  /** Resolves when the source calls the import of so many rows completed. */
  async function imported(first: number, rows: number, names: Names, partition?: string): Promise<void> {
    const { source, sandbox: servers } = sandbox();
    const folder = join(servers.source.dir, "data", "imports");
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${names.collection_name}-${first}.json`);
    const data = Array.from({ length: rows }, (_, i) => ({ id: first + i, n: i, vec: [i, 1, 2, 3] }));
    await writeFile(file, JSON.stringify({ rows: data }));
    const answer = await source.bulkInsert({
      ...names,
      ...(partition !== undefined && { partition_name: partition }),
      files: [file],
    });
    check(answer.status);
    await eventually(async () => {
      const { tasks } = await source.listImportTasks(names);
      const task = tasks.find(({ id }) => String(id) === String(answer.tasks[0]));
      assert.equal(String(task?.state), "ImportCompleted", JSON.stringify(task));
    }, SHOWN_MS);
  }
});

/** The source itself shows what was imported. */
async function shown(client: MilvusClient, names: Names, count: number, partition?: string): Promise<void> {
  await eventually(async () => {
    const { data } = await client.query({
      ...names,
      ...(partition !== undefined && { partition_names: [partition] }),
      filter: "",
      output_fields: ["count(*)"],
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    assert.equal(Number(data[0]?.["count(*)"]), count, JSON.stringify(names));
  }, SHOWN_MS);
}
