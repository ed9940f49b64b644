import assert from "node:assert/strict";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { startTracing } from "../../src/tracing/tracing.js";
import { OtlpReceiver } from "../support/otlp-receiver.js";
import { ServerHarness } from "../support/server-harness.js";

const ID = "a".repeat(32);
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const ERROR = 2;

describe("tracing", function () {
  this.timeout(20_000);

  it("has a span for each call, below the caller's, over gRPC and /cdc, and not for probes", async () => {
    await using receiver = await OtlpReceiver.start();
    const tracing = startTracing(receiver.url);
    await using harness = await ServerHarness.start({}, { interceptors: [tracing.interceptor] });
    const transport = createGrpcTransport({ baseUrl: harness.url });
    const client = createClient(CdcService, transport);
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    await client.listTasks({}, { headers });
    await createClient(Health, transport).check({});
    await assert.rejects(client.getTask({ taskId: ID }));
    const request_data = {
      milvus_connect_param: { uri: "http://t:1", token: "s3cret" },
      collection_infos: [{ name: "*" }],
    };
    const body = JSON.stringify({ request_type: "create", request_data });
    await fetch(`${harness.url}/cdc`, { method: "POST", body, headers });
    await tracing.stop();
    const told = receiver.spans.map(({ name, traceId, parentSpanId, status }) => [
      name.split("/")[1],
      traceId === TRACE,
      parentSpanId,
      status.code === ERROR ? status.message : "",
    ]);
    assert.deepEqual(told, [
      ["ListTasks", true, PARENT, ""],
      ["GetTask", false, undefined, "not_found"],
      ["CreateTask", true, PARENT, ""],
    ]);
    assert.doesNotMatch(receiver.bodies.join(), /s3cret/);
  });

  it("ends the span of a stream with the stream, also when the client goes", async () => {
    await using receiver = await OtlpReceiver.start();
    const tracing = startTracing(receiver.url);
    await using harness = await ServerHarness.start({}, { interceptors: [tracing.interceptor] });
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: harness.url }));
    const left = new AbortController();
    const first = client.watchTasks({}, { signal: left.signal })[Symbol.asyncIterator]();
    assert.equal((await first.next()).done, false);
    left.abort();
    await assert.rejects(first.next());
    await harness[Symbol.asyncDispose]();
    await tracing.stop();
    assert.deepEqual(
      receiver.spans.map(({ name }) => name.split("/")[1]),
      ["WatchTasks"],
    );
  });

  it("keeps nobody waiting for a collector that is away", async () => {
    const tracing = startTracing("http://127.0.0.1:1");
    await using harness = await ServerHarness.start({}, { interceptors: [tracing.interceptor] });
    await createClient(CdcService, createGrpcTransport({ baseUrl: harness.url })).listTasks({});
    const startedAtMs = performance.now();
    await tracing.stop();
    assert.ok(performance.now() - startedAtMs < 5_000);
  });
});
