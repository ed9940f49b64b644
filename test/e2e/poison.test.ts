import assert from "node:assert/strict";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { LogInsertSchema } from "#gen/milvus/wire/v1/log_pb.js";
import { FieldRowsSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { KafkaLogReader } from "../../src/source/kafka/kafka-log-reader.js";
import { decodeRecord } from "../../src/source/decode/decode-record.js";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { LogWriter } from "../support/kafka-log.js";

const PREFIX = "by-dev";

interface Status {
  readonly name: string;
  readonly phase: string;
  readonly blocked_record?: {
    readonly channel_name: string;
    readonly offset: string;
    readonly cause: string;
  };
}

interface SeenTask {
  readonly state: string;
  readonly reason?: string;
  readonly collections: readonly Status[];
  readonly health: { readonly skipped?: readonly { readonly reason: string; readonly records: string }[] };
  readonly history: readonly { readonly text: string }[];
}

describe("records that cannot be read", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();

  it("block their collection by name, are given up by request, or are counted; all other rows flow", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    const [bad, good] = ["bad", "good"].map((name) => new TestCollection(source, name)) as [
      TestCollection,
      TestCollection,
    ];
    for (const collection of [bad, good]) {
      await collection.createLoaded({ shards_num: 1 });
      await collection.insert(1, 100);
    }
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    await becomesEqual(source, target);
    const get = async (): Promise<SeenTask> => (await service.task(taskId)) as unknown as SeenTask;
    // GIVEN a record of which nothing tells whose it is, and one with the end cut off; Milvus itself passes over both
    await bad.insert(101, 110);
    const { channel, value } = await newestInsert(brokers, source, bad);
    await using writer = await LogWriter.connect(brokers);
    await writer.send(channel, [Buffer.from("no message of Milvus")]);
    const offset = await writer.send(channel, [Buffer.from(value.subarray(0, -7))]);
    await bad.insert(201, 210);
    await good.insert(201, 210);
    // THEN the one is counted, and the other blocks its collection, by topic and offset
    await eventually(async () => {
      const task = await get();
      const status = task.collections.find(({ name }) => name === "bad");
      assert.equal(status?.phase, "PHASE_BLOCKED");
      assert.deepEqual(
        [status.blocked_record?.channel_name, status.blocked_record?.offset],
        [channel, offset.toString()],
      );
      assert.match(task.reason ?? "", /RECORD_UNREADABLE.*skip_blocked_record/);
      assert.ok(task.health.skipped?.some(({ reason }) => reason.includes("cannot be read")));
    });
    await eventually(async () => assert.equal((await readIds(target, good.names)).length, 110));
    const kept = await listBlocked(service, taskId);
    assert.deepEqual(Buffer.from(kept[0]?.value ?? "", "base64"), Buffer.from(value.subarray(0, -7)));
    // WHEN it is given up
    const answer = await service.cdc("resume", { task_id: taskId, skip_blocked_record: true });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    // THEN all rows are there, also after a kill, and the history tells of it
    await service.end("SIGKILL");
    await service.launch();
    await bad.insert(301, 310);
    await becomesEqual(source, target);
    const { history, state } = await get();
    assert.equal(state, "Running");
    assert.ok(history.some(({ text }) => text.includes(`record ${offset} of ${channel} was given up`)));
    const again = await service.cdc("resume", { task_id: taskId, skip_blocked_record: true });
    assert.equal(again.status, 409);
  });

  it("block it, too, when only the target sees that a column is broken", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    const broken = new TestCollection(source, "broken");
    await broken.createLoaded({ shards_num: 1 });
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri, ["broken"]);
    await broken.insert(1, 10);
    await becomesEqual(source, target);
    const { channel, value } = await newestInsert(brokers, source, broken);
    await using writer = await LogWriter.connect(brokers);
    const offset = await writer.send(channel, [Buffer.from(withBrokenNumbers(value))]);
    await eventually(async () => {
      const { collections } = (await service.task(taskId)) as unknown as SeenTask;
      assert.equal(collections[0]?.blocked_record?.offset, offset.toString());
      assert.match(collections[0].blocked_record.cause, /^RECORD_UNREADABLE.*column n/);
    });
    const { status } = await service.cdc("resume", { task_id: taskId, skip_blocked_record: true });
    assert.equal(status, 200);
    await broken.insert(11, 20);
    await becomesEqual(source, target);
  });
});

async function listBlocked(service: ServiceProcess, taskId: string): Promise<readonly { value: string }[]> {
  const url = `http://127.0.0.1:${service.port}/milvus.cdc.v1.CdcService/ListBlockedRecords`;
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ taskId }) });
  return ((await response.json()) as { records: { value: string }[] }).records;
}

/** The same insert, whose column `n` holds a number without an end. */
function withBrokenNumbers(value: Uint8Array): Uint8Array {
  const insert = fromBinary(LogInsertSchema, value);
  insert.fieldsData = insert.fieldsData.map((bytes) => {
    const field = fromBinary(FieldRowsSchema, bytes);
    if (field.fieldName !== "n" || field.scalars?.data.case !== "longData") return bytes;
    field.scalars.data.value.data = [Uint8Array.of(0xff)];
    return toBinary(FieldRowsSchema, field);
  });
  return toBinary(LogInsertSchema, insert);
}

/** The last insert that the log holds of a collection with one shard. */
async function newestInsert(
  brokers: readonly string[],
  source: Parameters<typeof readIds>[0],
  { names }: TestCollection,
): Promise<{ channel: string; value: Uint8Array }> {
  const { physical_channel_names: channels, collectionID: id } = await source.describeCollection(names);
  const channel = channels[0] ?? "";
  await using reader = new KafkaLogReader({ brokers }, PREFIX);
  const signal = AbortSignal.timeout(20_000);
  const range = (await reader.ranges(signal)).find((one) => one.channel === channel);
  assert.ok(range !== undefined);
  for (let offset = range.end - 1n; offset >= range.start; offset--) {
    const value = (await reader.record(channel, offset, signal))?.value;
    if (value === undefined) continue;
    const event = decodeRecord(value);
    if (event.kind === "insert" && event.collectionId.toString() === id) return { channel, value };
  }
  throw new Error("no insert in the log");
}
