import assert from "node:assert/strict";
import { CdcError } from "../../../../src/model/errors.js";
import { decodeRecord } from "../../../../src/source/decode/decode-record.js";
import { keyReader } from "../../../../src/source/decode/key-reader.js";
import { describedCollection, FIELDS } from "../../../support/engine-descriptions.js";
import { goldenBytes } from "../../../support/engine-goldens.js";

function isUnreadable(error: unknown): boolean {
  return error instanceof CdcError && error.code === "RECORD_UNREADABLE";
}

describe("keyReader", () => {
  it("reads the keys by the name that the collection's description gives them", () => {
    const insert = decodeRecord(goldenBytes("upsert.Insert.bin"));
    assert.ok(insert.kind === "insert");
    assert.deepEqual(keyReader(describedCollection().description)(insert), [10n, 11n]);
    const renamed = FIELDS.map((field) => (field.isPrimaryKey ? { ...field, name: "pk" } : field));
    assert.throws(() => keyReader(describedCollection(renamed).description)(insert), isUnreadable);
  });

  it("refuses a description without a key", () => {
    assert.throws(() => keyReader(describedCollection(FIELDS.slice(1)).description), isUnreadable);
  });

  it("passes on why an insert cannot be read", () => {
    const insert = decodeRecord(goldenBytes("upsert.Insert.bin").subarray(0, -5));
    assert.ok(insert.kind === "insert" && insert.fault !== undefined);
    assert.throws(
      () => keyReader(describedCollection().description)(insert),
      (error) => error === insert.fault,
    );
  });
});
