import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { selectRows } from "../../src/milvus/select-rows.js";
import type { ChangeEvent, RowInsert } from "../../src/model/change-event.js";
import { CdcError } from "../../src/model/errors.js";
import { deleteExpressions } from "../../src/sink/milvus/delete-expressions.js";
import { packInserts } from "../../src/sink/milvus/pack-inserts.js";
import { decodeRecord } from "../../src/source/decode/decode-record.js";
import { keyReader } from "../../src/source/decode/key-reader.js";
import { goldenBytes, goldens } from "../support/engine-goldens.js";
import { fuzz } from "../support/fuzz.js";
import { mutate, randomBytes } from "../support/fuzz-bytes.js";
import { watchGlobals } from "../support/fuzz-globals.js";
import type { Random } from "../support/random.js";

const messages = goldens().map(({ file }) => goldenBytes(file));
const inserts = messages.map(decodeRecord).filter((event) => event.kind === "insert");
const keyFields = ["id", "pk", "vec", "b", "i64"];
const readers = keyFields.map(readerOf);

function readerOf(name: string): ReturnType<typeof keyReader> {
  const fields = [{ name, isPrimaryKey: true }];
  const schema = toBinary(CollectionSchemaSchema, create(CollectionSchemaSchema, { name: "c", fields }));
  return keyReader(
    toBinary(DescribeCollectionResponseSchema, create(DescribeCollectionResponseSchema, { schema })),
  );
}

/** What it gives, or undefined when it says that the record is unreadable; anything else that is thrown goes on. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CdcError && error.code === "RECORD_UNREADABLE") return undefined;
    throw error;
  }
}

/** Whatever a message says, what comes of it is no larger than its bytes. */
function assertBounded(event: ChangeEvent, bytes: Uint8Array): void {
  const count =
    event.kind === "insert" ? event.columns.length : event.kind === "delete" ? event.keys.length : 0;
  assert.ok(count <= bytes.length, `${count} parts of ${bytes.length} bytes`);
  assert.ok(event.ts >= 0n && event.ts < 2n ** 64n);
}

function tryEverything(random: Random, bytes: Uint8Array): ChangeEvent | undefined {
  const event = unlessUnreadable(() => decodeRecord(bytes));
  if (event === undefined) return undefined;
  assertBounded(event, bytes);
  if (event.kind === "delete") assert.ok(deleteExpressions("id", event.keys).length <= event.keys.length);
  if (event.kind === "insert") tryInsert(random, event);
  return event;
}

function tryInsert(random: Random, event: RowInsert): void {
  for (const keysOf of readers) {
    const keys = unlessUnreadable(() => keysOf(event));
    if (keys !== undefined) assert.equal(keys.length, event.rows);
  }
  const rows = [0, random.int(4), random.int(2 ** 31)].slice(0, 1 + random.int(3));
  unlessUnreadable(() => selectRows(event.columns, rows));
  unlessUnreadable(() => packInserts([event, random.pick(inserts)]));
  unlessUnreadable(() => packInserts([event, event]));
}

describe("any bytes in a topic", function () {
  this.timeout(120_000);
  let assertGlobals: () => void;
  beforeEach(() => {
    assertGlobals = watchGlobals();
  });
  afterEach(() => assertGlobals());

  it("are read or called unreadable when they are messages that were tampered with", async () => {
    let read = 0;
    await fuzz({
      cases: 100_000,
      run: (random) => {
        const mutant = mutate(random, random.pick(messages), messages);
        const copy = Buffer.from(mutant);
        if (tryEverything(random, mutant) !== undefined) read++;
        assert.ok(copy.equals(mutant), "the bytes were changed");
      },
    });
    assert.ok(read > 0, "nothing could be read, so that nothing was tried");
  });

  it("are read or called unreadable when they are random", () =>
    fuzz({ cases: 20_000, run: (random) => tryEverything(random, randomBytes(random, 64)) }));
});
