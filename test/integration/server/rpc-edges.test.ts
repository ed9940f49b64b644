import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { GetTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
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

  it("a message of just the size that may be is taken with its frame, over HTTP/1.1", async () => {
    const maxBodyBytes = 1_000;
    await using harness = await ServerHarness.start({ limits: { maxBodyBytes } });
    /** Of a refusal; that of a call which was made stands in a frame. */
    const statusFor = async (sizeBytes: number): Promise<unknown> => {
      const message = create(GetTaskRequestSchema, { taskId: "x".repeat(sizeBytes - FIELD_BYTES) });
      const body = Buffer.concat([Buffer.alloc(5), toBinary(GetTaskRequestSchema, message)]);
      body.writeUInt32BE(body.length - 5, 1);
      // Connect's own client does not say how large a body is
      const headers = { "content-type": "application/grpc-web+proto", "content-length": body.length };
      return (await send(harness.port, `${SERVICE}/GetTask`, { headers, body })).headers["grpc-status"];
    };
    assert.deepEqual(
      [await statusFor(maxBodyBytes), await statusFor(maxBodyBytes + 1)],
      [undefined, String(Code.ResourceExhausted)],
    );
  });

  it("what is refused by its status alone has no text for clients of gRPC, which read none", async () => {
    await using harness = await ServerHarness.start();
    const headers = { "content-type": "application/grpc-web+thrift" };
    const { status, text } = await send(harness.port, `${SERVICE}/ListTasks`, { headers, body: "x" });
    assert.deepEqual([status, text], [415, ""]);
  });
});
