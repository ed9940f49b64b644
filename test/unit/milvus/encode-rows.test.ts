import { fromBinary } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { InsertRequestSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { encodeRows } from "../../../src/milvus/encode-rows.js";

describe("encodeRows", () => {
  const names = { database: "größe", collection: "c".repeat(200), partition: "p" };

  it("writes what the generated code reads", () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 3_000_000]) {
      const bytes = new Uint8Array(length).map((_, i) => i);
      const half = length >> 1;
      const columns = [[bytes], [bytes.subarray(0, half), bytes.subarray(half)], []];
      const { dbName, collectionName, partitionName, fieldsData, numRows } = fromBinary(
        InsertRequestSchema,
        encodeRows({ ...names, columns, rows: length }),
      );
      assert.deepEqual(
        { database: dbName, collection: collectionName, partition: partitionName, rows: numRows },
        { ...names, rows: length },
      );
      const expected = [bytes, bytes, new Uint8Array()];
      assert.ok(expected.every((column, i) => Buffer.compare(column, fieldsData[i] ?? Buffer.of(1)) === 0));
      assert.equal(fieldsData.length, expected.length);
    }
  });

  it("leaves out what is empty", () => {
    const nothing = { database: "", collection: "", partition: "", columns: [], rows: 0 };
    assert.equal(encodeRows(nothing).length, 0);
  });

  it("writes the largest number of rows", () => {
    const rows = 0xffff_ffff;
    assert.equal(fromBinary(InsertRequestSchema, encodeRows({ ...names, columns: [], rows })).numRows, rows);
  });
});
