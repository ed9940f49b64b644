import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const SERVICE = "/milvus.cdc.v1.CdcService";
/** Tag and length of a text of up to 16 KiB. */
const FIELD_BYTES = 3;

describe("Calls at the edge of what there is", () => {
  it("a method that there is not is UNIMPLEMENTED, in an error of Connect's", async () => {
    await using harness = await ServerHarness.start();
    const headers = { "content-type": "application/json" };
    const { status, text } = await send(harness.port, `${SERVICE}/Guess`, { headers, body: "{}" });
    assert.deepEqual(
      [status, JSON.parse(text)],
      [404, { code: "unimplemented", message: "there is no such method here" }],
    );
  });

  it("a message of just the size that may be is taken in frames as well, over HTTP/1.1", async () => {
    const maxBodyBytes = 1_000;
    await using harness = await ServerHarness.start({ limits: { maxBodyBytes } });
    for (const create of [createGrpcWebTransport, createConnectTransport]) {
      const client = createClient(CdcService, create({ baseUrl: harness.url, httpVersion: "1.1" }));
      const codeFor = async (sizeBytes: number): Promise<Code> => {
        const call = client.createTask({ startPosition: "x".repeat(sizeBytes - FIELD_BYTES) });
        return call.then(
          () => assert.fail("it lacks all that is needed"),
          (error: unknown) => ConnectError.from(error).code,
        );
      };
      assert.equal(await codeFor(maxBodyBytes), Code.InvalidArgument);
      assert.notEqual(await codeFor(maxBodyBytes + 6), Code.InvalidArgument);
    }
  });

  it("what is refused by its status alone has no text for clients of gRPC, which read none", async () => {
    await using harness = await ServerHarness.start();
    const headers = { "content-type": "application/grpc-web+thrift" };
    const { status, text } = await send(harness.port, `${SERVICE}/ListTasks`, { headers, body: "x" });
    assert.deepEqual([status, text], [415, ""]);
  });
});
