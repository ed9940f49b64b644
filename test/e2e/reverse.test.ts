import assert from "node:assert/strict";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { CdcService, type SwitchoverResult } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { startKafka, type KafkaServer } from "../../src/sandbox/kafka.js";
import { startMilvus, type MilvusServer } from "../../src/sandbox/milvus.js";
import { check } from "../support/e2e-load.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { TestCollection } from "../support/e2e-collection.js";
import { eventually } from "../support/eventually.js";
import { inWords, verify } from "../support/verify-client.js";

/** Two Milvus that could each be the source of the other. */
interface Pair extends AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly here: MilvusServer;
  readonly there: MilvusServer;
  readonly clients: readonly [here: MilvusClient, there: MilvusClient];
}

async function startPair(): Promise<Pair> {
  const kafka = await startKafka();
  const { brokers } = kafka;
  const here = await startMilvus({ name: "here", kafka: { brokers } });
  const there = await startMilvus({ name: "there", kafka: { brokers }, channelPrefix: "by-there" });
  const clients = [connect(here.uri), connect(there.uri)] as const;
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.closeConnection()));
    await Promise.all([here.stop(), there.stop()]);
    await kafka.stop();
  };
  return { kafka, here, there, clients, [Symbol.asyncDispose]: close };
}

async function insert(client: MilvusClient, collection_name: string, ids: readonly number[]): Promise<void> {
  const data = ids.map((id) => ({ id, n: id, vec: [id, 0, 0, 1] }));
  check((await client.insert({ collection_name, data })).status);
}

async function idsOf(client: MilvusClient, collection_name: string): Promise<number[]> {
  const { data } = await client.query({
    collection_name,
    filter: "id >= 0",
    output_fields: ["id"],
    limit: 99,
  });
  return data.map(({ id }) => Number(id)).sort((a, b) => a - b);
}

describe("a switch-over with a reverse task", function () {
  this.timeout(300_000);
  let pair: Pair;
  let service: ServiceProcess;
  before(async function () {
    this.timeout(600_000);
    pair = await startPair();
    const { kafka, here, there } = pair;
    const { brokers } = kafka;
    const others = { there: { milvus: { uri: there.uri }, kafka: { brokers }, channel_prefix: "by-there" } };
    service = await ServiceProcess.start({ sourceUri: here.uri, brokers, others });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
  });

  it("brings what clients write to the target back to the source, under the old names", async () => {
    // GIVEN a task that gives its collection another name
    const [here, there] = pair.clients;
    const collection = new TestCollection(here, "c");
    await collection.createLoaded();
    await insert(here, "c", [1, 2]);
    const name_mapping = [{ source_db: "default", target_db: "default", collection_mapping: { c: "d" } }];
    const taskId = await service.createTask(pair.there.uri, ["c"], { name_mapping });
    await eventually(async () => assert.deepEqual(await idsOf(there, "d"), [1, 2]));
    // WHEN it is switched over
    const client = createClient(
      CdcService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.port}` }),
    );
    let result: SwitchoverResult | undefined;
    for await (const { update } of client.switchoverTask({ taskId, createReverse: true }))
      if (update.case === "result") result = update.value;
    assert.ok(result?.isPaused && result.reverseTaskId !== undefined, result?.next);
    await insert(there, "d", [3]);
    check((await there.delete({ collection_name: "d", filter: "id in [1]" })).status);
    // THEN the source follows
    await eventually(async () => assert.deepEqual(await idsOf(here, "c"), [2, 3]));
    const verified = await verify(service.port, { taskId: result.reverseTaskId });
    assert.deepEqual(
      [inWords(verified), verified.result.isEqual, verified.result.isComplete],
      [[], true, true],
    );
    const { status } = await service.cdc("resume", { task_id: taskId });
    assert.equal(status, 409);
  });
});
