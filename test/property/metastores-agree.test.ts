import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryMetastore } from "../../src/metastore/memory/memory-metastore.js";
import type { Metastore } from "../../src/metastore/metastore.js";
import { SqliteMetastore } from "../../src/metastore/sqlite/sqlite-metastore.js";
import type { BlockedRecord } from "../../src/model/blocked-record.js";
import { countsOf, VERIFICATION_OUTCOMES, type LastVerification } from "../../src/model/last-verification.js";
import type { ChannelProgress } from "../../src/model/position.js";
import type { RowCopy } from "../../src/model/row-copy.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import type { TaskEvent } from "../../src/model/task-event.js";
import type { TaskRecord } from "../../src/model/task.js";
import { VERIFY_LEVELS } from "../../src/model/verification.js";
import { MAX_INT64 } from "../support/metastore-values.js";
import { temporaryFolder } from "../support/temporary-folder.js";

type Operation = (store: Metastore) => Promise<unknown>;

// Few names, so that operations meet.
const id = fc.constantFrom("t1", "t2");
const name = fc.constantFrom("a", "b", "c");
const int64 = fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, MAX_INT64));
const names = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 2 });
const byName = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.string(), value, { maxKeys: 2, noNullPrototype: true });

const task: fc.Arbitrary<TaskRecord> = fc.record(
  {
    id,
    spec: fc.record(
      {
        connectParam: fc.record({ uri: fc.string(), port: fc.nat() }, { requiredKeys: [] }),
        collections: names,
        databases: byName(names),
        excluded: byName(names),
        nameMappings: fc.array(
          fc.record({ sourceDatabase: name, targetDatabase: name, collections: byName(fc.string()) }),
          { maxLength: 1 },
        ),
        start: fc.constantFrom({ kind: "snapshot" }, { kind: "time", ms: 1 }),
        loadForSnapshot: fc.boolean(),
        replicateRbac: fc.boolean(),
        earlyApply: fc.boolean(),
      },
      {
        requiredKeys: [
          "connectParam",
          "collections",
          "databases",
          "nameMappings",
          "start",
          "loadForSnapshot",
          "replicateRbac",
        ],
      },
    ),
    state: fc.constantFrom("Initial", "Running", "Paused", "Failed"),
    reason: fc.string({ unit: "binary" }),
    createdAtMs: fc.nat(3),
    startTs: int64,
    revision: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ["id", "spec", "state", "createdAtMs", "startTs", "revision"] },
);
const progress: fc.Arbitrary<ChannelProgress[]> = fc.array(
  fc.record({ channel: name, checkpoint: int64, tick: int64, frontier: int64 }),
  { maxLength: 4 },
);
const collectionName = fc.record({ database: name, name });
const key = fc.option(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: MAX_INT64 }), fc.string()), {
  nil: undefined,
});
const copy: fc.Arbitrary<RowCopy> = fc.record({
  isDone: fc.boolean(),
  isReplacing: fc.boolean(),
  partitions: fc.option(fc.array(fc.string()), { nil: undefined }).map((names) => names && new Set(names)),
  totalRows: fc.option(int64, { nil: undefined }),
  copiedRows: int64,
  cursors: fc
    .array(
      fc.tuple(
        fc.constantFrom("", "p", "__proto__"),
        fc.record({ partitionId: int64, lastKey: key, isDone: fc.boolean() }),
      ),
    )
    .map((pairs) => new Map(pairs)),
  loadedPartitions: names,
});
const collection: fc.Arbitrary<ReplicatedCollection> = fc.record({
  id: int64,
  source: collectionName,
  target: collectionName,
  formerTarget: fc.option(collectionName, { nil: undefined }),
  description: fc.uint8Array({ maxLength: 8 }),
  channels: names,
  createdTs: int64,
  barrierTs: int64,
  onlyPartitions: fc.option(names, { nil: undefined }),
  partitions: fc.array(fc.tuple(fc.constantFrom("p", "__proto__"), int64)).map((pairs) => new Map(pairs)),
  isMerged: fc.constantFrom(true, false, undefined),
  copy: fc.option(copy, { nil: undefined }),
  imports: fc.array(fc.bigInt({ min: 0n, max: MAX_INT64 })).map((ids) => new Set(ids)),
  structure: fc.constant(undefined),
});

const blocked: fc.Arbitrary<BlockedRecord> = fc.record({
  collectionId: int64,
  collection: collectionName,
  channel: name,
  offset: int64,
  cause: fc.string({ unit: "binary" }),
  blockedAtMs: fc.nat(3),
  value: fc.option(fc.uint8Array({ maxLength: 8 }), { nil: undefined }),
  skippedAtMs: fc.option(fc.nat(3), { nil: undefined }),
});
const event: fc.Arbitrary<TaskEvent> = fc.record(
  { atMs: fc.nat(3), text: fc.string({ unit: "binary" }), collection: collectionName },
  { requiredKeys: ["atMs", "text"] },
);

const verification: fc.Arbitrary<LastVerification> = fc.record(
  {
    atMs: fc.nat(3),
    level: fc.constantFrom(...VERIFY_LEVELS),
    outcome: fc.constantFrom(...VERIFICATION_OUTCOMES),
    counts: int64.map((n) => countsOf(() => n)),
    isRepaired: fc.constant(true),
    scheduleMetAtMs: fc.nat(3),
  },
  { requiredKeys: ["atMs", "level", "outcome", "counts"] },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(task, progress, fc.array(collection, { maxLength: 2 })).map(
    ([t, p, c]): Operation =>
      (store) =>
        store.createTask(t, p, c),
  ),
  fc.tuple(task, progress, fc.array(collection, { maxLength: 2 })).map(
    ([t, p, c]): Operation =>
      (store) =>
        store.restartTask(t, p, c),
  ),
  task.map(
    (t): Operation =>
      (store) =>
        store.updateTask(t),
  ),
  id.map(
    (i): Operation =>
      (store) =>
        store.deleteTask(i),
  ),
  fc.tuple(id, verification).map(
    ([i, v]): Operation =>
      (store) =>
        store.saveVerification(i, v),
  ),
  fc.tuple(id, progress).map(
    ([i, p]): Operation =>
      (store) =>
        store.saveProgress(i, p),
  ),
  fc.tuple(id, collection).map(
    ([i, c]): Operation =>
      (store) =>
        store.saveCollection(i, c),
  ),
  fc.tuple(id, int64).map(
    ([i, c]): Operation =>
      (store) =>
        store.deleteCollection(i, c),
  ),
  fc.tuple(id, name).map(
    ([i, d]): Operation =>
      (store) =>
        store.saveDatabase(i, d),
  ),
  fc.tuple(id, name).map(
    ([i, d]): Operation =>
      (store) =>
        store.deleteDatabase(i, d),
  ),
  fc.tuple(id, blocked).map(
    ([i, b]): Operation =>
      (store) =>
        store.saveBlockedRecord(i, b),
  ),
  fc
    .tuple(id, fc.array(blocked, { maxLength: 2 }), fc.array(event, { maxLength: 2 }))
    .map(([i, records, events]): Operation => async (store) => {
      for (const record of records.slice(1)) await store.saveBlockedRecord(i, record);
      return store.skipBlockedRecords(i, { records, atMs: 7, events });
    }),
  id.map(
    (i): Operation =>
      (store) =>
        store.forgetBlockedRecords(i),
  ),
  fc.tuple(id, event).map(
    ([i, e]): Operation =>
      (store) =>
        store.addEvent(i, e),
  ),
);

describe("MemoryMetastore and SqliteMetastore", () => {
  const newPath = temporaryFolder();

  it("answer the same and hold the same after any operations", async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
        await using memory = new MemoryMetastore();
        await using sqlite = SqliteMetastore.open(newPath("cdc.db"));
        for (const operate of operations) assert.deepEqual(await operate(sqlite), await operate(memory));
        assert.deepEqual(await contentOf(sqlite), await contentOf(memory));
      }),
      { numRuns: 100 },
    );
  });
});

async function contentOf(store: Metastore): Promise<unknown> {
  const content: unknown[] = [await store.listTasks()];
  for (const i of ["t1", "t2"]) {
    content.push(await store.getTask(i), await store.listProgress(i));
    content.push(await store.listCollections(i), await store.listDatabases(i));
    content.push(await store.listBlockedRecords(i), await store.listEvents(i));
  }
  return content;
}
