import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { ListTasksResponseSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { ServerHarness } from "../../support/server-harness.js";
import { SelfSigned } from "../../support/server-self-signed.js";
import { provideGoProgram } from "../../toolchain/go.js";
import { toolchainContext } from "../../toolchain/toolchain-context.js";

const run = promisify(execFile);
const SERVICE = "milvus.cdc.v1.CdcService";
const CREATE =
  '{"milvus_connect_param": {"uri": "http://127.0.0.1:19530"}, "collection_infos": [{"name": "*"}]}';

describe("grpcurl, by reflection alone", () => {
  let grpcurl: string;
  before(async function () {
    this.timeout(900_000);
    grpcurl = join(await provideGoProgram("grpcurl", toolchainContext()), "grpcurl");
  });

  it("lists, describes and calls the service as the README says", async () => {
    await using harness = await ServerHarness.start();
    const address = `localhost:${harness.port}`;
    const listed = await run(grpcurl, ["-plaintext", address, "list"]);
    assert.ok(listed.stdout.split("\n").includes(SERVICE), listed.stdout);
    const described = await run(grpcurl, ["-plaintext", address, "describe", `${SERVICE}.CreateTask`]);
    assert.match(described.stdout, /rpc CreateTask \( \.milvus\.cdc\.v1\.CreateTaskRequest \)/);
    const created = await run(grpcurl, ["-plaintext", "-d", CREATE, address, `${SERVICE}/CreateTask`]);
    const { taskId } = JSON.parse(created.stdout) as { taskId: string };
    assert.ok(harness.tasks.tasks.has(taskId));
    const refused = run(grpcurl, ["-plaintext", "-d", "{}", address, `${SERVICE}/CreateTask`]);
    await assert.rejects(refused, /InvalidArgument[\s\S]*google\.rpc\.BadRequest/);
  });

  it("does so over TLS", async () => {
    await using certificate = await SelfSigned.create();
    const { certPath, keyPath } = certificate;
    await using harness = await ServerHarness.start({ tls: { certPath, keyPath } });
    const { stdout } = await run(grpcurl, [
      "-cacert",
      certPath,
      `localhost:${harness.port}`,
      `${SERVICE}/ListTasks`,
    ]);
    assert.deepEqual(JSON.parse(stdout), {});
  });
});

describe("curl", () => {
  it("creates and lists by POST /cdc, over TLS as well", async () => {
    await using certificate = await SelfSigned.create();
    const { certPath, keyPath } = certificate;
    for (const tls of [undefined, { certPath, keyPath }]) {
      await using harness = await ServerHarness.start({ tls });
      const url = `${tls ? "https" : "http"}://localhost:${harness.port}/cdc`;
      const cdc = (body: string) => curl("--cacert", certPath, url, "-d", body);
      const created = JSON.parse(
        await cdc(`{"request_type": "create", "request_data": ${CREATE}}`),
      ) as object;
      assert.deepEqual(created, { code: 200, data: { task_id: "1".padStart(32, "0") } });
      assert.match(await cdc('{"request_type": "list"}'), /"state":"Running"/);
    }
  });

  it("calls by Connect with JSON, on HTTP/1.1 and 2", async () => {
    await using harness = await ServerHarness.start();
    const url = `${harness.url}/${SERVICE}/ListTasks`;
    for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
      const answer = await curl(version, url, "-H", "content-type: application/json", "-d", "{}");
      assert.deepEqual(JSON.parse(answer), {});
    }
  });

  it("calls by gRPC-Web: a frame with the message, then one with the trailers", async () => {
    await using harness = await ServerHarness.start();
    const url = `${harness.url}/${SERVICE}/ListTasks`;
    const header = ["-H", "content-type: application/grpc-web+proto"];
    const call = run("curl", ["-sS", url, ...header, "--data-binary", "@-"], { encoding: "buffer" });
    call.child.stdin?.end(Buffer.alloc(5)); // a frame with an empty message
    const { stdout } = await call;
    const length = stdout.readUInt32BE(1);
    assert.deepEqual(fromBinary(ListTasksResponseSchema, stdout.subarray(5, 5 + length)).tasks, []);
    assert.equal(stdout[5 + length], 0x80);
    assert.match(stdout.subarray(5 + length).toString("latin1"), /grpc-status: 0\r\n/);
  });
});

async function curl(...args: readonly string[]): Promise<string> {
  return (await run("curl", ["-sS", ...args])).stdout;
}
