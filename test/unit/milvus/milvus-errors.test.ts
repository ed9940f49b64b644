import assert from "node:assert/strict";
import { status as Grpc } from "@grpc/grpc-js";
import { CdcError, type ErrorCode } from "../../../src/model/errors.js";
import {
  errorOfCall,
  errorOfStatus,
  isMissing,
  isSuccess,
  type MilvusStatus,
} from "../../../src/milvus/milvus-errors.js";
import { statusOfSdk } from "../../../src/milvus/sdk-status.js";

function status(changes: Partial<MilvusStatus>): MilvusStatus {
  return { code: 0, errorCode: 0, reason: "why", retriable: false, ...changes };
}

function grpcError(code: Grpc, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details });
}

describe("errorOfStatus", () => {
  const CASES: readonly [
    name: string,
    status: Partial<MilvusStatus>,
    target: ErrorCode,
    source: ErrorCode,
  ][] = [
    ["a wrong parameter", { code: 1100 }, "TARGET_REJECTED", "SOURCE_UNAVAILABLE"],
    ["a missing parameter", { code: 1101 }, "TARGET_REJECTED", "SOURCE_UNAVAILABLE"],
    ["an old server's illegal argument", { errorCode: 5 }, "TARGET_REJECTED", "SOURCE_UNAVAILABLE"],
    ["an illegal schema", { code: 106 }, "TARGET_REJECTED", "SOURCE_UNAVAILABLE"],
    ["an index type that it does not know", { code: 701 }, "TARGET_REJECTED", "SOURCE_UNAVAILABLE"],
    ["a wrong password", { code: 1400 }, "TARGET_UNAUTHENTICATED", "SOURCE_UNAUTHENTICATED"],
    ["a missing privilege", { code: 1401 }, "TARGET_UNAUTHENTICATED", "SOURCE_UNAUTHENTICATED"],
    ["an old server's refusal", { errorCode: 3 }, "TARGET_UNAUTHENTICATED", "SOURCE_UNAUTHENTICATED"],
    ["a rate limit", { code: 8 }, "TARGET_BUSY", "SOURCE_UNAVAILABLE"],
    ["an old server's rate limit", { errorCode: 49 }, "TARGET_BUSY", "SOURCE_UNAVAILABLE"],
    ["a full disk", { errorCode: 54 }, "TARGET_BUSY", "SOURCE_UNAVAILABLE"],
    [
      "what the server calls worth another try",
      { code: 1100, retriable: true },
      "TARGET_UNAVAILABLE",
      "SOURCE_UNAVAILABLE",
    ],
    ["what nobody knows", { code: 65_535 }, "TARGET_NOT_READY", "SOURCE_UNAVAILABLE"],
    ["a collection that is not loaded", { code: 101 }, "TARGET_NOT_READY", "SOURCE_NOT_LOADED"],
    ["a partition that is not loaded", { code: 201 }, "TARGET_NOT_READY", "SOURCE_NOT_LOADED"],
    ["an index that loading misses", { code: 700 }, "TARGET_NOT_READY", "SOURCE_NOT_LOADED"],
    ["a collection that is being loaded", { code: 103 }, "TARGET_NOT_READY", "SOURCE_UNAVAILABLE"],
  ];
  for (const [name, given, target, source] of CASES) {
    it(`tells ${name} by its number`, () => {
      assert.equal(errorOfStatus("target", "Insert", status(given)).code, target);
      assert.equal(errorOfStatus("source", "Insert", status(given)).code, source);
    });
  }

  it("names the call, the side, the server's reason and its number", () => {
    const { message } = errorOfStatus("target", "Insert", status({ code: 1100, reason: "no such field" }));
    assert.equal(message, "Insert at the target: no such field (code 1100)");
    assert.match(
      errorOfStatus("source", "X", status({ errorCode: 1, reason: "" })).message,
      /without a reason \(code 1\)/,
    );
  });
});

describe("errorOfCall", () => {
  const CASES: readonly [code: Grpc, target: ErrorCode, source: ErrorCode][] = [
    [Grpc.UNAVAILABLE, "TARGET_UNAVAILABLE", "SOURCE_UNAVAILABLE"],
    [Grpc.DEADLINE_EXCEEDED, "TARGET_UNAVAILABLE", "SOURCE_UNAVAILABLE"],
    [Grpc.CANCELLED, "TARGET_UNAVAILABLE", "SOURCE_UNAVAILABLE"],
    [Grpc.RESOURCE_EXHAUSTED, "TARGET_BUSY", "SOURCE_UNAVAILABLE"],
    [Grpc.UNAUTHENTICATED, "TARGET_UNAUTHENTICATED", "SOURCE_UNAUTHENTICATED"],
    [Grpc.PERMISSION_DENIED, "TARGET_UNAUTHENTICATED", "SOURCE_UNAUTHENTICATED"],
  ];
  for (const [code, target, source] of CASES) {
    it(`tells ${Grpc[code]} by its number`, () => {
      const error = grpcError(code, "details");
      assert.equal(errorOfCall("target", "Insert", "host:1", error).code, target);
      assert.equal(errorOfCall("source", "Insert", "host:1", error).code, source);
      assert.equal(
        errorOfCall("target", "Insert", "host:1", error).message,
        "Insert at the target host:1: details",
      );
    });
  }

  it("keeps an error of ours, and takes any other for a broken connection", () => {
    const own = new CdcError("TARGET_BUSY", "wait");
    assert.equal(errorOfCall("target", "Insert", "host:1", own), own);
    assert.equal(errorOfCall("target", "Insert", "host:1", "a text").code, "TARGET_UNAVAILABLE");
  });
});

describe("a status", () => {
  it("is a success only without either code", () => {
    assert.ok(isSuccess(status({})));
    assert.ok(!isSuccess(status({ code: 1 })) && !isSuccess(status({ errorCode: 1 })));
  });

  it("says that the object does not exist in both old and new words", () => {
    for (const code of [100, 200, 700, 800]) assert.ok(isMissing(status({ code })));
    assert.ok(isMissing(status({ errorCode: 4 })));
    assert.ok(!isMissing(status({})) && !isMissing(status({ code: 101 })));
  });

  it("is read from the SDK's form, old codes by their names", () => {
    assert.deepEqual(statusOfSdk({ error_code: "Success", code: 0, reason: "" }), status({ reason: "" }));
    assert.deepEqual(
      statusOfSdk({ error_code: "RateLimit", code: "8", reason: "why" }),
      status({ code: 8, errorCode: 49 }),
    );
    assert.equal(statusOfSdk({ error_code: "SomethingNew" }).errorCode, 1);
    assert.equal(statusOfSdk({ error_code: 4 }).errorCode, 4);
    assert.equal(statusOfSdk({ code: 5, ...{ retriable: true } }).retriable, true);
  });
});
