import assert from "node:assert/strict";
import { decodeKeys, keysOfInsert } from "../../../src/milvus/primary-keys.js";
import type { PrimaryKeys, RowInsert } from "../../../src/model/change-event.js";
import { CdcError } from "../../../src/model/errors.js";
import { decodeRecord } from "../../../src/source/decode/decode-record.js";
import { goldenBytes, goldens } from "../../support/engine-goldens.js";

function goldenInsert(file: string): RowInsert {
  const event = decodeRecord(goldenBytes(file));
  assert.equal(event.kind, "insert");
  return event;
}

function isUnreadable(error: unknown): boolean {
  return error instanceof CdcError && error.code === "RECORD_UNREADABLE";
}

describe("keysOfInsert", () => {
  for (const { file, numRows } of goldens().filter(({ msgType }) => msgType === 400)) {
    it(`finds one key for each row of ${file}`, () => {
      const keys = keysOfInsert(goldenInsert(file), "id");
      assert.equal(new Set<bigint | string>(keys).size.toString(), numRows);
    });
  }

  const KEYS: Readonly<Record<string, PrimaryKeys>> = {
    "partition-p1.Insert.bin": [0n, 1n, 2n],
    "upsert.Insert.bin": [10n, 11n],
    "varchar-pk-upsert.Insert.bin": ["k1", "k2"],
    "autoid-int64.Insert.bin": [470660140590695616n, 470660140590695617n, 470660140590695618n],
  };
  for (const [file, keys] of Object.entries(KEYS)) {
    it(`reads the keys of ${file}`, () => assert.deepEqual(keysOfInsert(goldenInsert(file), "id"), keys));
  }

  it("calls an insert without its key column unreadable", () => {
    assert.throws(() => keysOfInsert(goldenInsert("upsert.Insert.bin"), "key"), isUnreadable);
  });

  it("calls a key column that is a vector unreadable", () => {
    assert.throws(() => keysOfInsert(goldenInsert("upsert.Insert.bin"), "vec"), isUnreadable);
  });

  it("calls an insert unreadable that has another number of keys than of rows", () => {
    const insert = goldenInsert("upsert.Insert.bin");
    for (const rows of [0, 1, 3, 2 ** 64])
      assert.throws(() => keysOfInsert({ ...insert, rows }, "id"), isUnreadable);
  });

  it("calls a key column that was cut unreadable, and nothing worse", () => {
    const insert = goldenInsert("varchar-pk-upsert.Insert.bin");
    const id = insert.columns.find(({ name }) => name === "id");
    for (let length = 1; length < (id?.bytes.length ?? 0); length++) {
      const columns = [{ name: "id", type: 21, bytes: id?.bytes.subarray(0, length) ?? new Uint8Array() }];
      try {
        keysOfInsert({ ...insert, columns }, "id");
      } catch (error) {
        assert.ok(isUnreadable(error), `cut at ${length}: ${String(error)}`);
      }
    }
  });
});

describe("decodeKeys", () => {
  it("finds none in an empty message", () => assert.deepEqual(decodeKeys(new Uint8Array()), []));
});
