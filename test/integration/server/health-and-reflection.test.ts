import { once } from "node:events";
import http2 from "node:http2";
import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "#gen/grpc/health/v1/health_pb.js";
import { ServerReflection, type ServerReflectionRequest } from "#gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "#gen/grpc/reflection/v1alpha/reflection_pb.js";
import { GrpcJsClient, serviceError } from "../../support/server-grpc-js-client.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const CDC = "milvus.cdc.v1.CdcService";

describe("Health", () => {
  it("is SERVING for the process and the service while ready, NOT_FOUND for others", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    for (const service of ["", CDC]) {
      assert.equal((await client.unary(Health.method.check, { service })).status, Status.SERVING);
    }
    assert.equal((await serviceError(client.unary(Health.method.check, { service: "x" }))).code, 5);
    const { statuses } = await client.unary(Health.method.list, {});
    assert.deepEqual(Object.keys(statuses), ["", CDC]);
  });

  it("tells watchers of each change", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const { messages, cancel } = client.stream(Health.method.watch, { service: CDC });
    const next = async () => (await messages.next()).value?.status;
    assert.equal(await next(), Status.SERVING);
    harness.server.setReady(false);
    assert.equal(await next(), Status.NOT_SERVING);
    harness.server.setReady(false);
    harness.server.setReady(true);
    assert.equal(await next(), Status.SERVING);
    cancel();
  });

  it("watches an unknown service as SERVICE_UNKNOWN without an end", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const { messages, cancel } = client.stream(Health.method.watch, { service: "x" });
    assert.equal((await messages.next()).value?.status, Status.SERVICE_UNKNOWN);
    cancel();
  });
});

describe("Probes", () => {
  it("say that the process lives, and whether it is ready", async () => {
    await using harness = await ServerHarness.start();
    const status = async (path: string, method = "GET") =>
      (await send(harness.port, path, { method })).status;
    assert.deepEqual([await status("/healthz"), await status("/readyz")], [200, 200]);
    harness.server.setReady(false);
    assert.deepEqual([await status("/healthz"), await status("/readyz")], [200, 503]);
    assert.deepEqual([await status("/healthz", "HEAD"), await status("/healthz", "POST")], [200, 405]);
  });

  it("hint at what there is where there is nothing, in JSON", async () => {
    await using harness = await ServerHarness.start();
    const { status, headers, text } = await send(harness.port, "/nothing", { method: "GET" });
    assert.deepEqual([status, headers["content-type"]], [404, "application/json"]);
    assert.match(text, /"code":404.*POST \/cdc/);
  });

  it("answers a gRPC call of an unknown method as gRPC clients of all languages read it", async () => {
    await using harness = await ServerHarness.start();
    const session = http2.connect(harness.url);
    const call = session.request({
      ":method": "POST",
      ":path": "/milvus.cdc.v1.CdcService/Nope",
      "content-type": "application/grpc",
      te: "trailers",
    });
    call.end();
    const [headers] = (await once(call, "response")) as [http2.IncomingHttpHeaders];
    const { ":status": status, "content-type": type, "grpc-status": code } = headers;
    assert.deepEqual([status, type, code], [200, "application/grpc", "12"]);
    session.close();
  });

  it("stand beside further pages", async () => {
    const page = (_: unknown, response: { end(text: string): void }) => response.end("up 1\n");
    await using harness = await ServerHarness.start({}, { pages: new Map([["/page", page]]) });
    assert.equal((await send(harness.port, "/page?a", { method: "GET" })).text, "up 1\n");
    assert.equal((await send(harness.port, "/page", { method: "POST" })).status, 405);
  });
});

type Asked = Extract<ServerReflectionRequest["messageRequest"], { value: string }>;

for (const [version, service] of [
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionAlpha],
] as const) {
  describe(`Reflection ${version}`, () => {
    const ask = async (messageRequest: Asked) => {
      await using harness = await ServerHarness.start();
      const client = createClient(service, createGrpcTransport({ baseUrl: harness.url }));
      // eslint-disable-next-line @typescript-eslint/require-await
      const requests = async function* () {
        yield { messageRequest };
      };
      for await (const response of client.serverReflectionInfo(requests())) return response.messageResponse;
      return assert.fail("no answer");
    };

    it("lists the services", async () => {
      const answer = await ask({ case: "listServices", value: "" });
      assert.ok(answer.case === "listServicesResponse");
      assert.deepEqual(
        answer.value.service.map(({ name }) => name),
        [CDC, Health.typeName],
      );
    });

    it("gives a symbol's file with all it imports", async () => {
      for (const symbol of [CDC, `${CDC}.GetTask`, "milvus.cdc.v1.Task.State", "google.rpc.BadRequest"]) {
        const answer = await ask({ case: "fileContainingSymbol", value: symbol });
        assert.ok(answer.case === "fileDescriptorResponse", symbol);
        const files = answer.value.fileDescriptorProto.map((bytes) =>
          fromBinary(FileDescriptorProtoSchema, bytes),
        );
        const names = files.map(({ name }) => name);
        for (const imported of files.flatMap(({ dependency }) => dependency))
          assert.ok(names.includes(imported), imported);
      }
    });

    it("says NOT_FOUND for what it does not know", async () => {
      for (const asked of ["fileContainingSymbol", "fileByFilename"] as const) {
        const answer = await ask({ case: asked, value: "no.such" });
        assert.ok(answer.case === "errorResponse");
        assert.equal(answer.value.errorCode, 5);
      }
    });
  });
}
