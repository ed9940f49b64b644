import assert from "node:assert/strict";
import { createClient, type Client } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Envoy } from "../../support/envoy.js";
import { cluster, HEALTH_CHECKS, listener, RETRIES, route } from "../../support/envoy-config.js";
import { eventually } from "../../support/eventually.js";
import { ServerHarness } from "../../support/server-harness.js";

describe("An Envoy before two instances", () => {
  let first: ServerHarness;
  let second: ServerHarness;
  let envoy: Envoy;
  beforeEach(async () => {
    [first, second] = await Promise.all([ServerHarness.start(), ServerHarness.start()]);
    envoy = await Envoy.start({
      listener: (port) => listener(port, [route("/", { retry_policy: RETRIES })]),
      clusters: [cluster([first.port, second.port], { more: HEALTH_CHECKS })],
    });
    await eventually(async () => assert.equal((await envoy.wellPorts()).length, 2));
  });
  afterEach(async () => {
    await envoy.stop();
    await Promise.all([first.server.stop(0), second.server.stop(0)]);
  });

  it("asks only the one whose health says SERVING", async () => {
    first.server.setReady(false);
    await eventually(async () => assert.deepEqual(await envoy.wellPorts(), [second.port]));
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: envoy.url }));
    first.tasks.calls = 0;
    for (let i = 0; i < 20; i++) await client.listTasks({});
    assert.equal(first.tasks.calls, 0);
    first.server.setReady(true);
    await eventually(async () => assert.equal((await envoy.wellPorts()).length, 2));
    await eventually(async () => {
      await client.listTasks({});
      assert.ok(first.tasks.calls > 0);
    });
  });

  it("has no failed call while one of them is stopped", async () => {
    const clients = [
      createGrpcTransport({ baseUrl: envoy.url }),
      createGrpcWebTransport({ baseUrl: envoy.url, httpVersion: "1.1" }),
      createConnectTransport({ baseUrl: envoy.url, httpVersion: "1.1" }),
    ].map((transport) => createClient(CdcService, transport));
    let isOver = false;
    const answered = clients.map(async (client) => {
      let calls = 0;
      for (; !isOver; calls++) await client.listTasks({});
      return calls;
    });
    await eventually(() => assert.ok(first.tasks.calls > 50 && second.tasks.calls > 50));
    await first.server.stop(5_000);
    const callsThen = second.tasks.calls;
    await eventually(() => assert.ok(second.tasks.calls > callsThen + 100));
    isOver = true;
    for (const calls of await Promise.all(answered)) assert.ok(calls > 10);
  });

  it("a stream of one that is stopped ends well, and goes on at the other", async () => {
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: envoy.url }));
    const watched = watchOf(client);
    await watched.untilHeartbeat();
    const used = first.tasks.calls > 0 ? first : second;
    await used.server.stop(5_000);
    await watched.ended;
    await watchOf(client).untilHeartbeat();
  });
});

interface Watch {
  readonly untilHeartbeat: () => Promise<void>;
  /** Rejects when the stream ends with an error. */
  readonly ended: Promise<void>;
}

function watchOf(client: Client<typeof CdcService>): Watch {
  let seen: () => void = () => undefined;
  const heartbeat = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const ended = (async () => {
    for await (const { update } of client.watchTasks({})) if (update.case === "heartbeat") seen();
  })();
  ended.catch(() => undefined);
  return { untilHeartbeat: () => Promise.race([heartbeat, ended]), ended };
}
