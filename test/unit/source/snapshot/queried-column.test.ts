import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { QueryResultsSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { FieldRowsSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../../../../src/milvus/data-type.js";
import { CdcError } from "../../../../src/model/errors.js";
import { queriedColumn } from "../../../../src/source/snapshot/queried-column.js";

const ANSWER = new URL(
  "../../../fixtures/milvus-2.3.5/rpc-QueryResults-alltypes-with-empty-arrays.bin",
  import.meta.url,
);

function listsOf(bytes: Uint8Array): readonly string[] {
  const { scalars } = fromBinary(FieldRowsSchema, bytes);
  if (scalars?.data.case !== "arrayData") throw new Error("no arrays");
  return scalars.data.value.data.map((list) => Buffer.from(list).toString("hex"));
}

describe("queriedColumn", () => {
  const { fieldsData } = fromBinary(QueryResultsSchema, readFileSync(ANSWER));
  const columns = fieldsData.map((bytes) => ({ bytes, column: queriedColumn(bytes) }));
  const arrays = columns.filter(({ column }) => column.type === DataType.array);

  it("gives every empty array of a real answer the type of its elements, and leaves the others alone", () => {
    const empties: Record<string, string> = {};
    for (const { bytes, column } of arrays) {
      const [before, after] = [listsOf(bytes), listsOf(column.bytes)];
      const empty = after.find((_, i) => before[i] === "") ?? "none";
      assert.deepEqual(
        after,
        before.map((list) => (list === "" ? empty : list)),
      );
      empties[column.name] = empty;
    }
    assert.deepEqual(empties, { av: "3200", ab: "none", af: "none", ai: "1a00" });
  });

  it("leaves columns of other types as they are, the dynamic one among them", () => {
    const others = columns.filter(({ column }) => column.type !== DataType.array);
    assert.ok(others.some(({ column }) => column.name === "$meta"));
    for (const { bytes, column } of others) assert.equal(column.bytes, bytes);
  });

  it("calls a column unreadable that is none", () => {
    const isUnreadable = (error: unknown): boolean =>
      error instanceof CdcError && error.code === "RECORD_UNREADABLE";
    assert.throws(() => queriedColumn(Uint8Array.of(255, 255)), isUnreadable);
  });
});
