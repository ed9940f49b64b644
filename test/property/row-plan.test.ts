import assert from "node:assert/strict";
import fc from "fast-check";
import type { PrimaryKeys, RowDelete, RowInsert } from "../../src/model/change-event.js";
import { planRows, type PlannedEvent, type Stage } from "../../src/order/row-plan.js";
import type { Key } from "../../src/model/key-span.js";

/** One thing that a client did, in the order of timestamps. */
interface Operation {
  readonly kind: "insert" | "delete" | "upsert";
  readonly keys: readonly Key[];
  readonly isReplayed: boolean;
  /** Its rows are logged in this many messages. */
  readonly pieces: number;
}

const operation = (key: fc.Arbitrary<Key>): fc.Arbitrary<Operation> =>
  fc.record({
    kind: fc.constantFrom("insert", "delete", "upsert"),
    keys: fc.uniqueArray(key, { minLength: 1, maxLength: 4 }),
    isReplayed: fc.boolean(),
    pieces: fc.integer({ min: 1, max: 3 }),
  });
const few = fc.oneof(
  fc.array(operation(fc.bigInt(-3n, 6n)), { maxLength: 14 }),
  fc.array(operation(fc.constantFrom("", "a", "ab", "b", "10", "9", "0", "\u{1f600}")), { maxLength: 14 }),
);

const rowsOf = new WeakMap<RowInsert, ReadonlyMap<Key, string>>();

function keysOf(insert: RowInsert): PrimaryKeys {
  return [...(rowsOf.get(insert)?.keys() ?? [])] as bigint[];
}

function insertEvent(ts: bigint, keys: readonly Key[]): RowInsert {
  const common = {
    collectionId: 1n,
    partition: "p",
    partitionId: 0n,
    columns: [],
    sizeBytes: 1,
    isUpsertHalf: false,
  };
  const insert: RowInsert = { ...common, kind: "insert", ts, rows: keys.length };
  rowsOf.set(insert, new Map(keys.map((key) => [key, `${String(key)}@${ts}`])));
  return insert;
}

function deleteEvent(ts: bigint, keys: readonly Key[]): RowDelete {
  return {
    kind: "delete",
    ts,
    collectionId: 1n,
    partition: "p",
    partitionId: 0n,
    keys: keys as bigint[],
    sizeBytes: 1,
  };
}

/** As a tick releases them: the delete half of an upsert first, its inserts perhaps in pieces. */
function eventsOf({ kind, keys, isReplayed, pieces }: Operation, index: number): PlannedEvent[] {
  const ts = BigInt(index + 1);
  const size = Math.ceil(keys.length / pieces);
  const parts = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
    keys.slice(i * size, (i + 1) * size),
  );
  const deletes = kind === "insert" ? [] : [{ event: deleteEvent(ts, keys), isReplayed }];
  const inserts =
    kind === "delete" ? [] : parts.map((part) => ({ event: insertEvent(ts, part), isReplayed }));
  return [...deletes, ...inserts];
}

/** The end state by the rule itself: one event after the other. */
function oneByOne(events: readonly PlannedEvent[]): Map<Key, string> {
  const table = new Map<Key, string>();
  for (const { event } of events) {
    if (event.kind === "delete") for (const key of event.keys) table.delete(key);
    else for (const [key, row] of rowsOf.get(event) ?? []) table.set(key, row);
  }
  return table;
}

/** What a target does with stages. An insert of a key that is there would make a second row of it. */
function byStages(stages: readonly Stage[], onSecondRow: (key: Key) => void): Map<Key, string> {
  const table = new Map<Key, string>();
  for (const { deletes, upserts, inserts } of stages) {
    for (const { keys } of deletes) for (const key of keys) table.delete(key);
    // in reverse, since a stage's writes may go in any order
    for (const insert of [...inserts].reverse()) {
      for (const [key, row] of rowsOf.get(insert) ?? []) {
        if (table.has(key)) onSecondRow(key);
        table.set(key, row);
      }
    }
    for (const upsert of [...upserts].reverse()) {
      for (const [key, row] of rowsOf.get(upsert) ?? []) table.set(key, row);
    }
  }
  return table;
}

/** Keys that the source itself inserted while they were there. */
function doubledBySource(events: readonly PlannedEvent[]): Set<Key> {
  const there = new Set<Key>();
  const doubled = new Set<Key>();
  for (const { event } of events) {
    if (event.kind === "delete") for (const key of event.keys) there.delete(key);
    else {
      for (const key of rowsOf.get(event)?.keys() ?? []) {
        if (there.has(key)) doubled.add(key);
        there.add(key);
      }
    }
  }
  return doubled;
}

describe("planRows, for any sequence of operations", () => {
  it("ends as if the events were applied one by one, and doubles no key that the source did not", () => {
    fc.assert(
      fc.property(few, (operations) => {
        const events = operations.flatMap(eventsOf);
        const expected = doubledBySource(events);
        const actual = byStages(planRows(events, keysOf), (key) =>
          assert.ok(expected.has(key), `doubled ${String(key)}`),
        );
        assert.deepEqual(new Map([...actual].sort()), new Map([...oneByOne(events)].sort()));
      }),
      { numRuns: 1_500 },
    );
  });

  it("writes no key twice in a stage, and sends each insert once", () => {
    fc.assert(
      fc.property(few, (operations) => {
        const events = operations.flatMap(eventsOf);
        const stages = planRows(events, keysOf);
        for (const { upserts, inserts } of stages) {
          const keys: Key[] = [...upserts, ...inserts].flatMap((insert) => [...keysOf(insert)]);
          assert.equal(new Set(keys).size, keys.length);
        }
        const sent = stages.flatMap(({ upserts, inserts }) => [...upserts, ...inserts]);
        assert.equal(sent.length, events.filter(({ event }) => event.kind === "insert").length);
        assert.equal(new Set(sent).size, sent.length);
      }),
      { numRuns: 500 },
    );
  });

  it("sends what was replayed as upserts", () => {
    fc.assert(
      fc.property(few, (operations) => {
        const stages = planRows(
          operations.map((o) => ({ ...o, isReplayed: true })).flatMap(eventsOf),
          keysOf,
        );
        assert.ok(stages.every(({ inserts }) => inserts.length === 0));
      }),
    );
  });

  it("needs one stage when no key comes twice", () => {
    const apart = fc.uniqueArray(fc.bigInt(-1000n, 1000n), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        apart,
        fc.array(fc.constantFrom("insert", "delete", "upsert"), { minLength: 30 }),
        (keys, kinds) => {
          const events = keys.flatMap((key, i) =>
            eventsOf({ kind: kinds[i] as Operation["kind"], keys: [key], isReplayed: false, pieces: 1 }, i),
          );
          assert.equal(planRows(events, keysOf).length, 1);
        },
      ),
    );
  });
});
