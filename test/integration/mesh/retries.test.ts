import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Envoy } from "../../support/envoy.js";
import { cluster, listener, RETRIES, route } from "../../support/envoy-config.js";
import { ServerHarness } from "../../support/server-harness.js";

const REQUEST = {
  milvusConnectParam: { uri: "http://127.0.0.1:19530" },
  collectionInfos: [{ name: "*" }],
};
const TASK_ID = "c".repeat(32);

describe("An Envoy that gives up on an answer and asks again", () => {
  let harness: ServerHarness;
  let envoy: Envoy;
  beforeEach(async () => {
    harness = await ServerHarness.start();
    const impatient = { retry_policy: { ...RETRIES, per_try_timeout: "0.3s" } };
    envoy = await Envoy.start({
      listener: (port) => listener(port, [route("/", impatient)]),
      clusters: [cluster([harness.port])],
    });
    // the first try is carried out when nobody waits for its answer any more
    harness.tasks.gate = sleep(500);
  });
  afterEach(async () => {
    await envoy.stop();
    await harness.server.stop(0);
  });

  it("creates one task of an id that the client has chosen", async () => {
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: envoy.url }));
    assert.equal((await client.createTask({ ...REQUEST, taskId: TASK_ID })).taskId, TASK_ID);
    assert.equal(harness.tasks.calls, 2, "there was a second try");
    assert.deepEqual([...harness.tasks.tasks.keys()], [TASK_ID]);
  });

  it("creates two without, which is why the docs ask for one", async () => {
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: envoy.url }));
    await client.createTask(REQUEST);
    assert.equal(harness.tasks.tasks.size, 2);
  });

  it("tells the client when its own deadline has passed, and asks no more", async () => {
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: envoy.url }));
    harness.tasks.gate = new Promise(() => undefined);
    await assert.rejects(
      client.createTask({ ...REQUEST, taskId: TASK_ID }, { timeoutMs: 450 }),
      (error) => ConnectError.from(error).code === Code.DeadlineExceeded,
    );
    const { calls } = harness.tasks;
    await sleep(700);
    assert.equal(harness.tasks.calls, calls);
  });
});
