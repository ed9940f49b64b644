import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.js";
import { CdcError, errorPolicy, type ErrorCode } from "../../../src/model/errors.js";
import { badRequest, rpcErrorFrom } from "../../../src/server/rpc-errors.js";

describe("rpcErrorFrom", () => {
  const known: Partial<Record<ErrorCode, Code>> = {
    INVALID_ARGUMENT: Code.InvalidArgument,
    TARGET_UNREACHABLE: Code.InvalidArgument,
    TASK_NOT_FOUND: Code.NotFound,
    TASK_STATE_CONFLICT: Code.FailedPrecondition,
    UNAVAILABLE: Code.Unavailable,
    METASTORE_UNAVAILABLE: Code.Unavailable,
    SOURCE_UNAVAILABLE: Code.Unavailable,
    TARGET_UNAVAILABLE: Code.Unavailable,
    TARGET_BUSY: Code.Unavailable,
    TARGET_NOT_READY: Code.Unavailable,
    LOG_UNAVAILABLE: Code.Unavailable,
    LOG_UNAUTHORIZED: Code.Unavailable,
    SOURCE_UNAUTHENTICATED: Code.FailedPrecondition,
    TARGET_UNAUTHENTICATED: Code.FailedPrecondition,
  };

  const allCodes = Object.keys(errorPolicy).filter((code): code is ErrorCode => code in errorPolicy);
  for (const code of allCodes) {
    it(`maps ${code}`, () => {
      const error = rpcErrorFrom(new CdcError(code, "http://u:s3cret@h is at fault"));
      assert.equal(error.code, known[code] ?? Code.Internal);
      assert.doesNotMatch(error.rawMessage, /s3cret/);
      assert.equal(error.rawMessage.includes("is at fault"), known[code] !== undefined);
    });
  }

  it("names the field, in the text and as BadRequest", () => {
    const error = rpcErrorFrom(new CdcError("INVALID_ARGUMENT", "is unknown", { field: "source" }));
    assert.equal(error.rawMessage, "source: is unknown");
    const [detail] = error.findDetails(BadRequestSchema);
    assert.deepEqual(
      detail?.fieldViolations.map(({ field, description }) => [field, description]),
      [["source", "is unknown"]],
    );
  });

  it("says when to come back, where that helps", () => {
    const hintOf = (code: ErrorCode) =>
      rpcErrorFrom(new CdcError(code, "no")).findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds;
    assert.deepEqual([hintOf("SOURCE_UNAVAILABLE"), hintOf("TASK_NOT_FOUND")], [1n, undefined]);
  });

  it("leaves errors of Connect's as they are", () => {
    const error = new ConnectError("no", Code.Unimplemented);
    assert.equal(rpcErrorFrom(error), error);
  });

  it("takes whatever is thrown", () => {
    for (const thrown of [undefined, null, "s3cret", new TypeError("s3cret"), { message: "s3cret" }]) {
      const error = rpcErrorFrom(thrown);
      assert.equal(error.code, Code.Internal);
      assert.doesNotMatch(error.rawMessage, /s3cret/);
    }
  });
});

describe("badRequest", () => {
  it("stays small however much is wrong, since gRPC sends it in a header", () => {
    const faults = Array.from({ length: 10_000 }, (_, i) => ({
      field: `a[${i}].name`,
      description: "must not be empty",
    }));
    const error = badRequest(faults, undefined);
    assert.match(error.rawMessage, /^a\[0\]\.name: must not be empty; .*; and 9995 more$/);
    assert.equal(error.findDetails(BadRequestSchema)[0]?.fieldViolations.length, 10);
  });
});
