import assert from "node:assert/strict";
import fc from "fast-check";
import { EarlyWindow } from "../../src/order/early-window.js";

/** One operation of a client on one shard; its place in the list is its timestamp. */
interface Operation {
  readonly kind: "insert" | "delete" | "upsert" | "drop";
  readonly keys: readonly bigint[];
  /** How much later than its turn it gets into the log. */
  readonly delay: number;
}

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
    this.delete(keys);
    this.insert(keys, value);
  }

  get content(): string[] {
    return this.#rows.map(({ key, value }) => `${key}=${value}`).sort();
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
    else table.delete([0n, 1n, 2n, 3n]);
  }
}

/** Lets operations arrive by their delays, with a tick now and then that covers all that can no longer be preceded. */
function replicate(operations: readonly Operation[], ticks: readonly boolean[], table: Table): number {
  const window = new EarlyWindow();
  const arrivals = operations
    .map((one, ts) => ({ ...one, ts, at: ts + one.delay }))
    .sort((a, b) => a.at - b.at);
  const held: typeof arrivals = [];
  let early = 0;
  const release = (until: number): void => {
    const due = held.filter(({ ts }) => ts < until).sort((a, b) => a.ts - b.ts);
    for (const one of due) {
      held.splice(held.indexOf(one), 1);
      if (one.kind === "drop") {
        window.releaseBarrier(BigInt(one.ts));
        applyInOrder([one], table, one.ts);
        continue;
      }
      const remainder = window.release(BigInt(one.ts), () => [...one.keys]);
      if (remainder === "repeat") table.upsert(one.keys, `v${one.ts}`);
      else if (remainder === "apply") applyInOrder([one], table, one.ts);
    }
  };
  for (const [i, one] of arrivals.entries()) {
    held.push(one);
    if (one.kind === "drop") window.arriveBarrier(BigInt(one.ts));
    else if (window.arrive(BigInt(one.ts), [...one.keys], one.kind === "insert")) {
      table.insert(one.keys, `v${one.ts}`);
      early++;
    }
    const next = Math.min(...arrivals.slice(i + 1).map(({ ts }) => ts), operations.length);
    if (ticks[i] === true) release(next);
  }
  release(operations.length);
  return early;
}

describe("EarlyWindow, for any order of arrival", () => {
  it("ends with the state that the order of timestamps gives", () => {
    let early = 0;
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 14 }),
        fc.array(fc.boolean(), { maxLength: 14 }),
        (some, ticks) => {
          const operations = fit(some);
          const [wanted, found] = [new Table(), new Table()];
          applyInOrder(operations, wanted);
          early += replicate(operations, ticks, found);
          assert.deepEqual(found.content, wanted.content);
        },
      ),
      { numRuns: 10_000 },
    );
    assert.ok(early > 10_000, `only ${early} inserts went out early`);
  });
});
