import assert from "node:assert/strict";
import { DataType } from "../../../../src/milvus/data-type.js";
import { CdcError } from "../../../../src/model/errors.js";
import type { RowInsert } from "../../../../src/model/change-event.js";
import { canJoin, joinColumns } from "../../../../src/sink/milvus/join-columns.js";
import { decodeRecord } from "../../../../src/source/decode/decode-record.js";
import { readFieldData } from "../../../support/engine-field-data.js";
import { goldenBytes } from "../../../support/engine-goldens.js";

function goldenInsert(file: string): RowInsert {
  const event = decodeRecord(goldenBytes(file));
  assert.equal(event.kind, "insert");
  return event;
}

describe("joinColumns", () => {
  for (const file of ["alltypes-floatvec.Insert.bin", "alltypes-binaryvec.Insert.bin"]) {
    it(`joins what a real server logged: ${file}`, () => {
      const insert = goldenInsert(file);
      const shuffled = { ...insert, columns: [...insert.columns].reverse() };
      assert.ok(canJoin(insert, shuffled));
      const joined = joinColumns([insert, shuffled, insert]).map((pieces) =>
        readFieldData(Buffer.concat(pieces)),
      );
      const single = insert.columns.map(({ bytes }) => readFieldData(bytes));
      assert.deepEqual(
        joined,
        single.map((column) => ({
          ...column,
          values: [...column.values, ...column.values, ...column.values],
        })),
      );
      assert.ok(single.every(({ values }) => values.length > 0));
    });
  }

  it("makes nothing of nothing", () => assert.deepEqual(joinColumns([]), []));

  it("calls a column of vectors that is malformed unreadable", () => {
    const insert = goldenInsert("alltypes-binaryvec.Insert.bin");
    const columns = insert.columns.map((column) =>
      column.type === DataType.binaryVector ? { ...column, bytes: Buffer.of(0x22, 1, 6) } : column,
    );
    assert.throws(
      () => joinColumns([insert, { ...insert, columns }]),
      (error) => error instanceof CdcError && error.code === "RECORD_UNREADABLE",
    );
  });
});
