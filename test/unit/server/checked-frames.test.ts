import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { GetTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { checkedFrames, framedCall } from "../../../src/server/checked-frames.js";
import { plainFrame } from "../../../src/server/frame-splitter.js";

const limits = { maxBodyBytes: 1_000, bodyTimeoutMs: 1_000 };
const request = toBinary(GetTaskRequestSchema, create(GetTaskRequestSchema, { taskId: "a" }));

function flagged(flags: number, payload: Uint8Array): Buffer {
  const frame = plainFrame(payload);
  frame.writeUInt8(flags, 0);
  return frame;
}

/** What comes of a body: its frames in hex, or the code of the error. */
async function check(body: Buffer, headers: Record<string, string> = {}): Promise<string> {
  const call = framedCall(
    GetTaskRequestSchema,
    new Headers({ "content-type": "application/grpc", ...headers }),
  );
  assert.ok(call !== undefined);
  async function* pieces(): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(body);
  }
  try {
    const frames: Buffer[] = [];
    for await (const frame of checkedFrames(pieces(), call, limits)) frames.push(Buffer.from(frame));
    return Buffer.concat(frames).toString("hex");
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return Code[error.code];
  }
}

const gzip = { "grpc-encoding": "gzip" };
const plain = plainFrame(request).toString("hex");

describe("checkedFrames", () => {
  it("lets good messages through, unpacked", async () => {
    assert.equal(await check(Buffer.from(plain, "hex")), plain);
    assert.equal(await check(Buffer.from(plain + plain, "hex")), plain + plain);
    assert.equal(await check(flagged(1, gzipSync(request)), gzip), plain);
    assert.equal(await check(flagged(0, request), gzip), plain);
    const json = plainFrame(Buffer.from('{"task_id":"a"}'));
    assert.equal(await check(json, { "content-type": "application/grpc-web+json" }), json.toString("hex"));
  });

  const faulty: Readonly<Record<string, readonly [Buffer, Record<string, string>, string]>> = {
    "a message that is no Protobuf": [plainFrame(Buffer.of(0xff)), {}, "InvalidArgument"],
    "a message that is no JSON": [
      plainFrame(request),
      { "content-type": "application/grpc+json" },
      "InvalidArgument",
    ],
    "compressed without a header": [flagged(1, gzipSync(request)), {}, "InvalidArgument"],
    "compressed, and no gzip": [flagged(1, request), gzip, "InvalidArgument"],
    "a flag that no request has": [flagged(0x80, request), {}, "InvalidArgument"],
    "cut off": [plainFrame(request).subarray(0, -1), {}, "InvalidArgument"],
    "cut off in its length": [plainFrame(request).subarray(0, 3), {}, "InvalidArgument"],
    "larger than the limit": [plainFrame(Buffer.alloc(1_001)), {}, "ResourceExhausted"],
    "larger than the limit when unpacked": [
      flagged(1, gzipSync(Buffer.alloc(1_001))),
      gzip,
      "ResourceExhausted",
    ],
  };
  for (const [name, [body, headers, code]] of Object.entries(faulty)) {
    it(`says ${code} of a body that is ${name}`, async () => assert.equal(await check(body, headers), code));
  }

  it("is for bodies in frames alone", () => {
    for (const type of ["application/json", "application/proto", "application/connect", "text/plain"]) {
      const call = framedCall(GetTaskRequestSchema, new Headers({ "content-type": type }));
      assert.equal(call !== undefined, type === "application/connect", type);
    }
    assert.equal(framedCall(GetTaskRequestSchema, new Headers()), undefined);
  });
});
