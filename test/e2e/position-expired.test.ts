import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";

describe("a task whose position the log has lost", function () {
  this.timeout(400_000);
  const sandbox = useSandbox();

  it("fails, says what to do, and with a new snapshot ends with an equal target", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    const [kept, dropped, unloaded] = ["kept", "dropped", "unloaded"].map(
      (name) => new TestCollection(source, name),
    ) as [TestCollection, TestCollection, TestCollection];
    for (const collection of [kept, dropped, unloaded]) {
      await collection.createLoaded({ shards_num: 2 });
      await collection.insert(1, 2_000);
    }
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    await becomesEqual(source, target);
    await service.cdc("pause", { task_id: taskId });

    // what is lost: rows that were deleted, added and changed, and a collection that was dropped
    check((await source.delete({ ...kept.names, filter: "id in [1,2,3,1500,2000]" })).status);
    await kept.insert(3_000, 3_100);
    await dropped.drop();
    await unloaded.release();
    check((await source.delete({ ...unloaded.names, filter: "id in [7]" })).status);
    await forgetLog(brokers);

    await service.cdc("resume", { task_id: taskId });
    await eventually(async () => {
      const { state, reason } = await service.task(taskId);
      assert.equal(state, "Failed");
      assert.match(reason ?? "", /POSITION_EXPIRED.*resnapshot/);
    });

    const answer = await service.cdc("resume", { task_id: taskId, resnapshot: true });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    await kept.insert(4_000, 4_100);
    await becomesEqual(source, target);
    await unloaded.load();
    await becomesEqual(source, target);
    const ids = await readIds(target, kept.names);
    assert.equal(ids.length, 2_000 - 5 + 101 + 101);
    assert.ok(!(await readIds(target, unloaded.names)).includes(7));
    assert.equal((await service.task(taskId)).state, "Running");
  });
});

/** Deletes all that the log holds, as its retention does when a task stands still for too long. */
async function forgetLog(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  for (const topic of await admin.listTopics()) {
    if (!topic.startsWith("by-dev-rootcoord-dml")) continue;
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: offsets.map(({ partition, high }) => ({ partition, offset: high })),
    });
  }
  await admin.disconnect();
}
