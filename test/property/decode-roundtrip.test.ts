import assert from "node:assert/strict";
import fc from "fast-check";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ChangeEvent } from "../../src/model/change-event.js";
import { CdcError } from "../../src/model/errors.js";
import { keysOfInsert } from "../../src/milvus/primary-keys.js";
import { decodeRecord } from "../../src/source/decode/decode-record.js";
import { goldenBytes, goldens } from "../support/engine-goldens.js";
import { ddlMessage, deleteMessage, insertMessage, keyColumn } from "../support/engine-log-messages.js";

const ts = fc.bigInt(1n, 2n ** 64n - 1n);
const id = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const text = fc.string({ unit: "grapheme" });
const int64Keys = fc.array(id, { minLength: 1, maxLength: 9 });
const textKeys = fc.array(text, { minLength: 1, maxLength: 9 });
const keys = fc.oneof(int64Keys, textKeys);

/** The event, or undefined when the bytes are called unreadable; anything else that is thrown goes on. */
function readOrRefuse(bytes: Uint8Array): ChangeEvent | undefined {
  try {
    return decodeRecord(bytes);
  } catch (error) {
    if (error instanceof CdcError && error.code === "RECORD_UNREADABLE") return undefined;
    throw error;
  }
}

/** What a newer server may add. */
function withUnknownField(bytes: Uint8Array): Uint8Array {
  const tail = new BinaryWriter().tag(1999, WireType.LengthDelimited).string("of a later version").finish();
  return Buffer.concat([bytes, tail]);
}

describe("decodeRecord, for any message", () => {
  it("reads an insert's facts and keeps its columns byte by byte", () => {
    fc.assert(
      fc.property(ts, id, text, keys, fc.boolean(), (at, collectionId, partition, some, isUpsert) => {
        const column = keyColumn("id", some);
        const facts = { ts: at, collectionId, partition, columns: [column], rows: some.length, isUpsert };
        const event = decodeRecord(withUnknownField(insertMessage(facts)));
        assert.ok(event.kind === "insert");
        const { columns, sizeBytes, ...rest } = event;
        assert.deepEqual(rest, {
          kind: "insert",
          ts: at,
          collectionId,
          partition,
          partitionId: 0n,
          rows: some.length,
          isUpsertHalf: isUpsert,
        });
        assert.deepEqual(Buffer.from(columns[0]?.bytes ?? []), Buffer.from(column));
        assert.equal(columns[0]?.name, "id");
        assert.ok(sizeBytes > 0);
        assert.deepEqual(keysOfInsert(event, "id"), some);
      }),
    );
  });

  it("reads the keys of a delete, wherever its server put them", () => {
    fc.assert(
      fc.property(ts, id, text, keys, fc.boolean(), (at, collectionId, partition, some, isOld) => {
        const bytes = withUnknownField(deleteMessage({ ts: at, collectionId, partition, keys: some }, isOld));
        const event = decodeRecord(bytes);
        const facts = { kind: "delete", ts: at, collectionId, partition, partitionId: 0n, keys: some };
        assert.deepEqual(event, { ...facts, sizeBytes: bytes.length });
      }),
    );
  });

  it("reads changes of collections, partitions and databases", () => {
    fc.assert(
      fc.property(ts, id, text, (at, collectionId, name) => {
        assert.deepEqual(decodeRecord(ddlMessage.createCollection(at, { collectionId })), {
          kind: "create-collection",
          ts: at,
          collectionId,
        });
        assert.deepEqual(decodeRecord(ddlMessage.dropCollection(at, { collectionId })), {
          kind: "drop-collection",
          ts: at,
          collectionId,
        });
        assert.deepEqual(decodeRecord(ddlMessage.dropPartition(at, { collectionId, partitionName: name })), {
          kind: "drop-partition",
          ts: at,
          collectionId,
          partition: name,
          partitionId: 0n,
        });
        assert.deepEqual(decodeRecord(ddlMessage.database(1801, at, name)), {
          kind: "create-database",
          ts: at,
          database: name,
        });
      }),
    );
  });

  it("reads requests by their names, in the database default when none is named", () => {
    const kind = fc.constantFrom(
      [300, "create-index"] as const,
      [302, "drop-index"] as const,
      [106, "load"] as const,
      [107, "release"] as const,
    );
    fc.assert(
      fc.property(kind, ts, text, text, ([type, name], at, dbName, collectionName) => {
        const database = dbName === "" ? "default" : dbName;
        assert.deepEqual(decodeRecord(ddlMessage.request(type, at, { dbName, collectionName })), {
          kind: name,
          ts: at,
          database,
          names: [collectionName],
        });
        const collectionNames = [collectionName, "b"];
        assert.deepEqual(decodeRecord(ddlMessage.flush(at, { dbName, collectionNames })), {
          kind: "flush",
          ts: at,
          database,
          names: collectionNames,
        });
      }),
    );
  });

  it("says of a type that it does not know that it is unsupported", () => {
    const known = [100, 101, 106, 107, 201, 300, 302, 400, 401, 402, 1200, 1801, 1802];
    const other = fc.integer({ min: 0, max: 3000 }).filter((type) => !known.includes(type));
    fc.assert(
      fc.property(other, ts, (type, at) => {
        const event = decodeRecord(ddlMessage.bare(type, at));
        assert.equal(event.kind === "unsupported" && event.ts, at);
      }),
    );
  });
});

describe("decodeRecord, for bytes that are no message", () => {
  it("reads random bytes or calls them unreadable", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readOrRefuse(bytes)),
      { numRuns: 2_000 },
    );
  });

  it("reads a cut message or calls it unreadable, wherever it was cut", () => {
    for (const bytes of goldens().map(({ file }) => goldenBytes(file))) {
      if (bytes.length > 400) continue;
      for (let length = 0; length < bytes.length; length++) readOrRefuse(bytes.subarray(0, length));
    }
  });

  it("reads a message with wrong bits or calls it unreadable", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.constantFrom(...goldens()), damage, ({ file }, flips) => {
        const bytes = Uint8Array.from(goldenBytes(file));
        for (const [at, mask] of flips) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
        const event = readOrRefuse(bytes);
        if (event?.kind !== "insert") return;
        try {
          keysOfInsert(event, "id");
        } catch (error) {
          assert.ok(error instanceof CdcError && error.code === "RECORD_UNREADABLE", String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("calls a change without a timestamp unreadable", () => {
    assert.equal(readOrRefuse(ddlMessage.bare(400, 5n)), undefined);
    assert.equal(readOrRefuse(ddlMessage.bare(401, 0n)), undefined);
    assert.equal(readOrRefuse(ddlMessage.dropPartition(0n, { collectionId: 1n })), undefined);
    const facts = { collectionId: 1n, partition: "p", columns: [], rows: 1, isUpsert: false };
    assert.equal(readOrRefuse(insertMessage({ ...facts, ts: 0n })), undefined);
  });
});
