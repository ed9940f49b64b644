import assert from "node:assert/strict";
import { loadSdk } from "../../../src/milvus/sdk.js";

describe("definitions of Milvus's API", () => {
  it("are read once, for all clients of the SDK", async () => {
    const { getGRPCService } = await loadSdk();
    const proto = { protoPath: "", serviceName: "milvus.proto.milvus.MilvusService" };
    const options = { keepCase: true, longs: String };
    const insertOf = (how: object): unknown => getGRPCService(proto, how).service["Insert"];
    assert.ok(insertOf(options) !== undefined);
    assert.equal(insertOf(options), insertOf({ ...options }));
    assert.notEqual(insertOf(options), insertOf({ ...options, keepCase: false }));
  });
});
