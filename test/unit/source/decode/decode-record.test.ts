import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { LogDeleteSchema, LogImportSchema, LogInsertSchema } from "#gen/milvus/wire/v1/log_pb.js";
import type { ChangeEvent } from "../../../../src/model/change-event.js";
import { CdcError } from "../../../../src/model/errors.js";
import { skipped } from "../../../../src/model/skipped.js";
import { decodeRecord } from "../../../../src/source/decode/decode-record.js";
import { goldenBytes, goldens, type Golden } from "../../../support/engine-goldens.js";
import { ddlMessage } from "../../../support/engine-log-messages.js";

const KIND: Readonly<Record<number, ChangeEvent["kind"]>> = {
  100: "create-collection",
  101: "drop-collection",
  106: "load",
  107: "release",
  201: "drop-partition",
  300: "create-index",
  302: "drop-index",
  400: "insert",
  401: "delete",
  402: "flush",
  1200: "tick",
  1801: "create-database",
  1802: "drop-database",
};

/** What an event says, in the words of the index. Requests name their collection, everything else its id. */
function factsOf(event: ChangeEvent): Partial<Golden> {
  return {
    ...("collectionId" in event && { collectionID: `${event.collectionId}` }),
    ...("partition" in event && { partitionName: event.partition }),
    ...(event.kind === "insert" && { numRows: event.rows.toString() }),
    ...(event.kind === "delete" && { numRows: event.keys.length.toString() }),
  };
}

describe("decodeRecord", () => {
  it("knows of every captured message", () => {
    const captured = readdirSync(new URL("../../../fixtures/milvus-2.3.5/", import.meta.url));
    const messages = captured.filter((name) => /^(?!rpc-).*\.bin$/.test(name)).sort();
    assert.deepEqual(
      goldens()
        .map(({ file }) => file)
        .sort(),
      messages,
    );
  });

  for (const golden of goldens()) {
    it(`reads ${golden.file} as its server meant it`, () => {
      const bytes = goldenBytes(golden.file);
      const event = decodeRecord(bytes);
      assert.equal(event.kind, KIND[golden.msgType]);
      assert.equal(event.ts.toString(), golden.timestamps0 ?? golden.baseTimestamp);
      const facts = factsOf(event);
      for (const name of Object.keys(facts) as (keyof Golden)[])
        assert.equal(facts[name], golden[name], name);
      if ("sizeBytes" in event) assert.equal(event.sizeBytes, bytes.length);
    });
  }

  it("keeps the columns of an insert as they are", () => {
    const event = decodeRecord(goldenBytes("autoid-varchar.Insert.bin"));
    assert.equal(event.kind, "insert");
    const types =
      "b:1 i8:2 i16:3 i32:4 i64:5 f:10 d:11 vc:21 js:23 ai:22 av:22 af:22 ab:22 vec:101 $meta:23 id:21";
    assert.equal(event.columns.map(({ name, type }) => `${name}:${type}`).join(" "), types);
    const size = event.columns.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(size > 700 && size < event.sizeBytes);
  });

  it("gives both halves of an upsert one timestamp and one partition", () => {
    for (const name of ["upsert", "varchar-pk-upsert"]) {
      const insert = decodeRecord(goldenBytes(`${name}.Insert.bin`));
      const remove = decodeRecord(goldenBytes(`${name}.Delete.bin`));
      assert.ok(insert.kind === "insert" && remove.kind === "delete");
      assert.equal(insert.ts, remove.ts);
      assert.equal(insert.partition, remove.partition);
    }
  });

  const KEYS: Readonly<Record<string, readonly bigint[] | readonly string[]>> = {
    "partition-p1.Delete.bin": [1n],
    "by-expr.Delete.bin": [0n, 2n],
    "upsert.Delete.bin": [10n, 11n],
    "varchar-pk.Delete.bin": ["k1", "k2", "nokey"],
    "varchar-pk-upsert.Delete.bin": ["k1", "k2"],
    "partitionkey-upsert.Delete.bin": [1n, 2n, 3n],
    "baggage-header.Delete.bin": [1n, 2n],
    "v2216.Delete.bin": [],
  };
  for (const [file, keys] of Object.entries(KEYS)) {
    it(`reads the keys of ${file}`, () => {
      const event = decodeRecord(goldenBytes(file));
      assert.deepEqual(event.kind === "delete" && event.keys, keys);
    });
  }

  const NAMES: Readonly<Record<string, readonly [database: string, names: readonly string[]]>> = {
    "flush.Flush.bin": ["db_v2", ["ddl_v2"]],
    "flushall.Flush.bin": ["default", ["ddl_v2r"]],
    "vector.CreateIndex.bin": ["db_v2", ["ddl_v2"]],
    "dropindex.DropIndex.bin": ["db_v2", ["ddl_v2"]],
    "load.LoadCollection.bin": ["db_v2", ["ddl_v2"]],
    "load-failed.LoadCollection.bin": ["default", ["mm_mmwt3vp3t"]],
    "release.ReleaseCollection.bin": ["db_v2", ["ddl_v2"]],
    "client-base-replicateInfo.CreateIndex.bin": ["default", ["bs_bmwt2ua2bbaseRepl"]],
  };
  for (const [file, [database, names]] of Object.entries(NAMES)) {
    it(`reads the names in ${file}`, () => {
      const event = decodeRecord(goldenBytes(file));
      assert.deepEqual("names" in event && [event.database, event.names], [database, names]);
    });
  }

  it("says why it has nothing for a record, and whose it is", () => {
    const predicate = toBinary(
      LogDeleteSchema,
      create(LogDeleteSchema, {
        base: { msgType: 401, timestamp: 7n },
        collectionId: 9n,
        serializedExprPlan: Uint8Array.of(1),
      }),
    );
    const insert = fromBinary(LogInsertSchema, goldenBytes("upsert.Insert.bin"));
    const old = toBinary(LogInsertSchema, { ...insert, version: 0 });
    const inRows = toBinary(LogInsertSchema, { ...insert, rowData: [Uint8Array.of(1)] });
    const imported = toBinary(
      LogImportSchema,
      create(LogImportSchema, { base: { msgType: 408, timestamp: 8n }, collectionId: 10n }),
    );
    const kind = "unsupported";
    const rowBased = {
      kind,
      ts: 470660331228889090n,
      reason: skipped.rowBasedInsert,
      collectionId: insert.collectionId,
    };
    assert.deepEqual(decodeRecord(predicate), {
      kind,
      ts: 7n,
      reason: skipped.deleteByPredicate,
      collectionId: 9n,
    });
    assert.deepEqual(decodeRecord(old), rowBased);
    assert.deepEqual(decodeRecord(inRows), rowBased);
    assert.deepEqual(decodeRecord(imported), { kind, ts: 8n, reason: skipped.bulkImport, collectionId: 10n });
  });

  it("names a type that it does not know, and no collection", () => {
    const event = decodeRecord(ddlMessage.bare(1234, 5n));
    assert.deepEqual(event, { kind: "unsupported", ts: 5n, reason: skipped.unknownMessage(1234) });
    assert.match(skipped.unknownMessage(1234).text, /1234/);
  });

  it("reads the database of a request for one", () => {
    const event = decodeRecord(goldenBytes("dropdb-nonexistent.DropDatabase.bin"));
    assert.equal(event.kind === "drop-database" && event.database, "dbm_mmwt3vp3t");
  });

  const bare = ddlMessage.bare(402, 5n);
  const excessive: Readonly<Record<string, Uint8Array>> = {
    "a field for each of many bytes": Buffer.concat([bare, Buffer.alloc(40_000, Buffer.of(0x1a, 0))]),
    "more bytes than any message of Milvus": Buffer.concat([
      bare,
      Buffer.of(0x1a),
      Buffer.alloc(33 << 20, 0x1a),
    ]),
  };
  for (const [name, bytes] of Object.entries(excessive)) {
    it(`calls a record with ${name} unreadable before anything is made of it`, () => {
      assert.throws(
        () => decodeRecord(bytes),
        (error) =>
          error instanceof CdcError && error.code === "RECORD_UNREADABLE" && /it has/.test(error.message),
      );
    });
  }

  for (const file of ["upsert.Insert.bin", "by-expr.Delete.bin"]) {
    it(`knows whose rows they are that cannot be read: ${file}`, () => {
      const whole = goldenBytes(file);
      const { ts } = decodeRecord(whole);
      const golden = goldens().find((one) => one.file === file);
      let known = 0;
      for (let length = 1; length < whole.length; length++) {
        const event = decodedOrNot(whole.subarray(0, length));
        if (event === undefined) continue;
        // a cut between two fields leaves a message that can be read
        if (event.kind !== "insert" || event.fault === undefined) continue;
        known++;
        assert.equal(event.collectionId.toString(), golden?.collectionID);
        assert.ok(event.ts === ts || event.ts.toString() === golden?.baseTimestamp);
        assert.deepEqual([event.rows, event.columns, event.sizeBytes], [0, [], length]);
        assert.equal(event.fault.code, "RECORD_UNREADABLE");
      }
      assert.ok(known > 10);
    });
  }

  it("tells nothing of a request that cannot be read", () => {
    const bytes = goldenBytes("load.LoadCollection.bin");
    assert.equal(decodedOrNot(bytes.subarray(0, bytes.length - 3)), undefined);
  });
});

function decodedOrNot(bytes: Uint8Array): ChangeEvent | undefined {
  try {
    return decodeRecord(bytes);
  } catch {
    return undefined;
  }
}
