import assert from "node:assert/strict";
import fc from "fast-check";
import type { RowDelete, RowInsert } from "../../src/model/change-event.js";
import { EarlyWindow } from "../../src/order/early-window.js";

/** One operation of a client on one shard; its place in the list is its timestamp. */
interface Operation {
  readonly kind: "insert" | "delete" | "upsert" | "drop";
  readonly keys: readonly bigint[];
  /** How much later than its turn it gets into the log. */
  readonly delay: number;
  /** The same, of an upsert's delete. */
  readonly deleteDelay: number;
  /** Whether an upsert's inserts tell that they belong to one. */
  readonly tells: boolean;
  readonly isUnseen: boolean;
}

/** How many of each went out before their tick. */
type Early = Record<"insert" | "delete" | "upsert", number>;

const ALL_KEYS = [0n, 1n, 2n, 3n];
const IN_PARTITION = { collectionId: 1n, partition: "_default", partitionId: 1n, sizeBytes: 1 };
const AN_INSERT = { ...IN_PARTITION, kind: "insert" as const, rows: 1, columns: [] };
const A_DELETE = { ...IN_PARTITION, kind: "delete" as const };

/** A table that may hold a key twice, as Milvus does. */
class Table {
  readonly #rows: { key: bigint; value: string }[] = [];

  insert(keys: readonly bigint[], value: string): void {
    for (const key of keys) this.#rows.push({ key, value });
  }

  delete(keys: readonly bigint[]): void {
    const kept = this.#rows.filter(({ key }) => !keys.includes(key));
    this.#rows.splice(0, this.#rows.length, ...kept);
  }

  upsert(keys: readonly bigint[], value: string): void {
    const kept = this.#rows.filter(({ key }) => !keys.includes(key));
    this.#rows.splice(0, this.#rows.length, ...kept, ...keys.map((key) => ({ key, value })));
  }

  get content(): string[] {
    return this.#rows.map(({ key, value }) => `${key}=${value}`).sort();
  }
}

/** Sees how many rows there are after each write. */
class WatchedTable extends Table {
  readonly sizes = new Set<number>();

  override insert(keys: readonly bigint[], value: string): void {
    super.insert(keys, value);
    this.sizes.add(this.content.length);
  }

  override delete(keys: readonly bigint[]): void {
    super.delete(keys);
    this.sizes.add(this.content.length);
  }

  override upsert(keys: readonly bigint[], value: string): void {
    super.upsert(keys, value);
    this.sizes.add(this.content.length);
  }
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom(
    "insert" as const,
    "insert" as const,
    "delete" as const,
    "upsert" as const,
    "drop" as const,
  ),
  keys: fc.uniqueArray(fc.bigInt(0n, 3n), { minLength: 1, maxLength: 3 }),
  delay: fc.nat(6),
  deleteDelay: fc.nat(6),
  tells: fc.boolean(),
  isUnseen: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** Inserts of keys that are there would make two rows at the source as well; clients don't. */
function fit(operations: readonly Operation[]): Operation[] {
  const live = new Set<bigint>();
  return operations.map((one) => {
    const keys = one.kind === "insert" ? one.keys.filter((key) => !live.has(key)) : one.keys;
    if (one.kind === "drop") live.clear();
    for (const key of keys)
      if (one.kind === "delete") live.delete(key);
      else if (one.kind !== "drop") live.add(key);
    return { ...one, keys };
  });
}

function applyInOrder(operations: readonly Operation[], table: Table, from = 0): void {
  for (const [i, { kind, keys }] of operations.entries()) {
    if (kind === "insert") table.insert(keys, `v${from + i}`);
    else if (kind === "upsert") table.upsert(keys, `v${from + i}`);
    else if (kind === "delete") table.delete(keys);
    else table.delete(ALL_KEYS);
  }
}

/** A record of the log: an operation, or one half of an upsert. */
interface LogRecord {
  readonly event: RowInsert | RowDelete | { readonly kind: "drop"; readonly ts: bigint };
  readonly keys: readonly bigint[];
  readonly at: number;
  /** Nobody looks at its keys. */
  readonly isUnseen: boolean;
}

/** Inserts of an upsert stand before its delete, or behind it in a log that wants to be difficult. */
function recordsOf(
  { kind, keys, delay, deleteDelay, tells, isUnseen: unseen }: Operation,
  i: number,
): LogRecord[] {
  const ts = BigInt(i);
  const isUnseen = unseen || keys.length === 0;
  const insert = { ...AN_INSERT, ts, isUpsertHalf: kind === "upsert" && tells };
  const insertRecord = { event: insert, keys, at: i + delay, isUnseen };
  const deleteRecord = {
    event: { ...A_DELETE, ts, keys },
    keys,
    at: i + (kind === "upsert" ? deleteDelay : delay),
    isUnseen,
  };
  if (kind === "insert") return [insertRecord];
  if (kind === "delete") return [deleteRecord];
  return kind === "upsert"
    ? [insertRecord, deleteRecord]
    : [{ event: { kind, ts }, keys, at: i + delay, isUnseen }];
}

/** What the row plan makes of records of one timestamp: a delete and inserts are an upsert. */
function apply(records: readonly Due[], table: Table): void {
  const inserts = records.filter(({ event }) => event.kind === "insert");
  const deletes = records.filter(({ event }) => event.kind === "delete");
  for (const { event, keys, isRepeated } of inserts)
    if (isRepeated || deletes.length > 0) table.upsert(keys, `v${event.ts}`);
    else table.insert(keys, `v${event.ts}`);
  if (inserts.length === 0) for (const { keys } of deletes) table.delete(keys);
}

interface Due extends LogRecord {
  readonly isRepeated: boolean;
}

/** Lets records arrive by their delays, with a tick now and then that covers all that can no longer be preceded. */
function replicate(operations: readonly Operation[], ticks: readonly boolean[], table: Table): Early {
  const window = new EarlyWindow();
  const arrivals = operations
    .flatMap(recordsOf)
    .map((record, offset) => ({ ...record, offset: BigInt(offset) }))
    .sort((a, b) => a.at - b.at);
  const held: typeof arrivals = [];
  const early: Early = { insert: 0, delete: 0, upsert: 0 };
  const release = (until: bigint): void => {
    for (let ts = 0n; ts < until; ts++) {
      const due: Due[] = [];
      for (const one of held.filter(({ event }) => event.ts === ts).sort(deletesFirst)) {
        held.splice(held.indexOf(one), 1);
        if (one.event.kind === "drop") {
          window.releaseBarrier(one.offset);
          table.delete(ALL_KEYS);
          continue;
        }
        const remainder = window.release(one.offset, () => [...one.keys]);
        if (remainder !== "sent") due.push({ ...one, isRepeated: remainder === "repeat" });
      }
      apply(due, table);
    }
  };
  for (const [i, { event, keys, offset, isUnseen }] of arrivals.entries()) {
    held.push(arrivals[i]!);
    if (event.kind === "drop" || isUnseen) window.close(offset);
    else {
      const sent = window.arrive({ event, keys: [...keys], offset });
      apply(
        sent.map((row) => ({
          event: row.event,
          keys: row.keys as bigint[],
          at: 0,
          isUnseen: false,
          isRepeated: false,
        })),
        table,
      );
      const kind = sent.length > 1 ? "upsert" : sent[0]?.event.kind;
      if (kind !== undefined) early[kind]++;
    }
    const left = arrivals.slice(i + 1).map((later) => later.event.ts);
    if (ticks[i] === true) release(left.reduce((a, b) => (b < a ? b : a), BigInt(operations.length)));
  }
  release(BigInt(operations.length));
  return early;
}

function deletesFirst(a: LogRecord, b: LogRecord): number {
  return Number(a.event.kind !== "delete") - Number(b.event.kind !== "delete");
}

describe("EarlyWindow, for any order of arrival", () => {
  it("ends with the state that the order of timestamps gives", () => {
    const early: Early = { insert: 0, delete: 0, upsert: 0 };
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 14 }),
        fc.array(fc.boolean(), { maxLength: 28 }),
        (some, ticks) => {
          const operations = fit(some);
          const [wanted, found] = [new Table(), new Table()];
          applyInOrder(operations, wanted);
          const sent = replicate(operations, ticks, found);
          for (const kind of ["insert", "delete", "upsert"] as const) early[kind] += sent[kind];
          assert.deepEqual(found.content, wanted.content);
        },
      ),
      { numRuns: 10_000 },
    );
    for (const [kind, count] of Object.entries(early))
      assert.ok(count > 500, `only ${count} ${kind}s went out early`);
  });

  it("never has a row that is only replaced twice, nor none", () => {
    const upserts = fc.record({ delay: fc.nat(3), deleteDelay: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(upserts, { minLength: 1, maxLength: 6 }), (delays) => {
        // GIVEN a row, and upserts of it that come later, each inserts first
        const table = new WatchedTable();
        table.insert([1n], "old");
        const operations = delays.map(({ delay, deleteDelay }): Operation => ({
          kind: "upsert",
          keys: [1n],
          delay: Math.min(delay, deleteDelay),
          deleteDelay,
          tells: true,
          isUnseen: false,
        }));
        // WHEN they are replicated, THEN it is there once at every moment
        replicate(operations, [], table);
        assert.deepEqual([...table.sizes], [1]);
      }),
      { numRuns: 1_000 },
    );
  });
});
