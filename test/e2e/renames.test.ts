import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { isWell } from "../support/is-well.js";

async function made(client: MilvusClient, name: string, first: number): Promise<TestCollection> {
  const collection = new TestCollection(client, name);
  await collection.createLoaded({ shards_num: 2 });
  await collection.insert(first, first + 99);
  return collection;
}

async function rename(client: MilvusClient, from: string, to: string, database = "default"): Promise<void> {
  const request = { collection_name: from, new_collection_name: to, new_db_name: database };
  check(await client.renameCollection(request));
}

async function swap(client: MilvusClient, a: string, b: string): Promise<void> {
  await rename(client, a, "between");
  await rename(client, b, a);
  await rename(client, "between", b);
}

describe("renamed collections", function () {
  this.timeout(400_000);
  const sandbox = useSandbox();

  it("have their rows under their new names, also when the service is killed on the way", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    await made(source, "a", 1_000);
    await made(source, "b", 2_000);
    await made(source, "c", 3_000);
    check(await source.createDatabase({ db_name: "db" }));
    check(await source.createAlias({ collection_name: "c", alias: "alias_of_c" }));
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    await becomesEqual(source, target);
    // WHEN names change while rows flow, one of them into another database
    const [a, b] = ["a", "b"].map((name) => new TestCollection(source, name)) as [
      TestCollection,
      TestCollection,
    ];
    await swap(source, "a", "b");
    await b.insert(1_100, 1_199);
    await delay(Math.random() * 4_000);
    await service.end("SIGKILL");
    await service.launch();
    await a.insert(2_100, 2_199);
    check(await source.dropAlias({ alias: "alias_of_c" }));
    await rename(source, "c", "c", "db");
    const again = await made(source, "c", 4_000);
    await b.insert(1_200, 1_299);
    // THEN
    await becomesEqual(source, target);
    assert.equal((await readIds(target, a.names))[0], 2_000);
    assert.equal((await readIds(target, b.names)).length, 300);
    assert.equal((await readIds(target, again.names))[0], 4_000);
    await isWell(service, taskId);
  });

  it("and partitions that were dropped are found when a task begins anew", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    const kept = await made(source, "kept", 1);
    for (const partition of ["p", "q"]) {
      await kept.createPartition(partition);
      await kept.insert(500, 599, { partition });
    }
    const gone = await made(source, "gone", 1);
    await made(source, "x", 1_000);
    await made(source, "y", 2_000);
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    await becomesEqual(source, target);
    assert.equal((await service.cdc("pause", { task_id: taskId })).status, 200);
    // WHEN all of this happens unseen
    await swap(source, "x", "y");
    await rename(source, "kept", "renamed");
    const renamed = new TestCollection(source, "renamed");
    for (const partition of ["p", "q"]) {
      check(await source.releasePartitions({ ...renamed.names, partition_names: [partition] }));
      await renamed.dropPartition(partition);
    }
    await renamed.createPartition("q");
    check(await source.loadPartitions({ ...renamed.names, partition_names: ["q"] }));
    await renamed.insert(550, 560, { partition: "q" });
    check((await source.delete({ ...renamed.names, filter: "id in [1,2,50]" })).status);
    await gone.drop();
    await made(source, "kept", 7_000);
    const answer = await service.cdc("resume", { task_id: taskId, resnapshot: true });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    await renamed.insert(8_000, 8_099);
    // THEN
    await becomesEqual(source, target);
    assert.equal((await readIds(target, renamed.names)).length, 97 + 11 + 100);
  });
});
