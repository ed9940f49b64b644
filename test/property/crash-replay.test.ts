import assert from "node:assert/strict";
import fc from "fast-check";
import type { FakeCollection, FakeSource } from "../support/engine-fake-source.js";
import { MortalProcess, type LifeSpan } from "../support/engine-gate.js";
import { EngineHarness } from "../support/engine-harness.js";

const CHANNELS = ["c0", "c1"] as const;
const LAYOUT: Readonly<Record<string, readonly string[]>> = { a: CHANNELS, b: ["c1"] };
const HISTORIES = 10_000;

/** What a client of the source does, or its log. Numbers are made fit by what exists then. */
type Action =
  | {
      readonly kind: "insert" | "upsert";
      readonly name: string;
      readonly keys: readonly number[];
      readonly partition: string;
    }
  | {
      readonly kind: "delete";
      readonly name: string;
      readonly keys: readonly number[];
      readonly isEverywhere: boolean;
    }
  | { readonly kind: "drop-partition"; readonly name: string }
  | { readonly kind: "recreate"; readonly name: string }
  | { readonly kind: "log"; readonly channel: string; readonly order: readonly number[] }
  | { readonly kind: "tick"; readonly channel: string }
  | { readonly kind: "wait"; readonly ms: number };

/** A stretch of history, and the life of the process that sees it. */
interface Life {
  readonly actions: readonly Action[];
  readonly span: LifeSpan;
}

const name = fc.constantFrom("a", "b");
const channel = fc.constantFrom(...CHANNELS);
const keys = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
const partition = fc.constantFrom("_default", "p");
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("insert" as const), name, keys, partition }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("upsert" as const), name, keys, partition }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), name, keys, isEverywhere: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop-partition" as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("recreate" as const), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("log" as const),
      channel,
      order: fc.array(fc.nat(5), { maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("tick" as const), channel }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 700 }) }),
  },
);
const life: fc.Arbitrary<Life> = fc.record({
  actions: fc.array(action, { minLength: 4, maxLength: 25 }),
  span: fc.record({
    operations: fc.integer({ min: 0, max: 60 }),
    isLastDone: fc.boolean(),
    failures: fc.array(fc.record({ operation: fc.nat(60), isDone: fc.boolean(), isRefused: fc.boolean() }), {
      maxLength: 4,
    }),
  }),
});

/** The source during a history: keeps clients from what no client does, such as inserting a key twice. */
class Clients {
  readonly #source: FakeSource;
  readonly #collections = new Map<string, FakeCollection>();
  #value = 0;

  constructor(source: FakeSource) {
    this.#source = source;
    for (const one of Object.keys(LAYOUT)) this.#create(one);
  }

  take(some: Exclude<Action, { kind: "wait" }>): void {
    if (some.kind === "log")
      this.#source.logSome(some.channel, (count) => [...new Set(some.order)].filter((i) => i < count));
    else if (some.kind === "tick") this.#source.tick(some.channel);
    else this.#write(this.#collections.get(some.name)!, some);
  }

  #write(collection: FakeCollection, some: Exclude<Action, { kind: "wait" | "log" | "tick" }>): void {
    switch (some.kind) {
      case "insert": {
        const free = some.keys.filter((key) => partitionOf(collection, BigInt(key)) === undefined);
        if (free.length > 0) this.#source.insert(collection, this.#rows(free), some.partition);
        return;
      }
      case "upsert": {
        // an upsert replaces a row in the partition where it is
        const own = some.keys.filter(
          (key) => (partitionOf(collection, BigInt(key)) ?? some.partition) === some.partition,
        );
        if (own.length > 0) this.#source.upsert(collection, this.#rows(own), some.partition);
        return;
      }
      case "delete":
        this.#source.delete(collection, some.keys.map(BigInt), some.isEverywhere ? "" : "p");
        return;
      case "drop-partition":
        if (collection.partitions.has("p"))
          this.#source.dropPartition(collection, "p", this.#source.nextTs() % 2n === 0n);
        return;
      case "recreate":
        this.#source.drop(collection);
        this.#create(some.name);
    }
  }

  #create(one: string): void {
    this.#collections.set(one, this.#source.create(one, LAYOUT[one] ?? []));
  }

  #rows(some: readonly number[]): Map<bigint, string> {
    return new Map(some.map((key) => [BigInt(key), `${key}.${this.#value++}`]));
  }
}

function partitionOf({ partitions }: FakeCollection, key: bigint): string | undefined {
  return [...partitions].find(([, rows]) => rows.has(key))?.[0];
}

async function act(h: EngineHarness, clients: Clients, actions: readonly Action[]): Promise<void> {
  for (const some of actions) {
    if (some.kind === "wait") await h.time.advance(some.ms);
    else clients.take(some);
  }
}

/** Of `a`, the task may have one partition alone; the target's others may have rows of its own. */
interface Part {
  readonly partition: string;
  readonly own: readonly string[];
}

async function livesEndEqual(lives: readonly Life[], part?: Part): Promise<void> {
  const { partition, own = [] } = part ?? {};
  const collections = partition === undefined ? ["*"] : [{ name: "a", partitions: [partition] }, "b"];
  using h = new EngineHarness(CHANNELS, { collections });
  const table = own.length > 0 ? h.target.make("a") : undefined;
  for (const one of own) table?.rowsIn(one).set(1n, ["own"]);
  await h.createTask();
  const clients = new Clients(h.source);
  for (const { actions, span } of lives) {
    const process = new MortalProcess(span);
    h.start(process.gate);
    await act(h, clients, actions);
    await h.time.advance(400);
    // nothing of it goes on: its timers are gone, and nobody answers it any more
    process.kill();
    h.time.clear();
  }
  h.source.flush();
  const last = h.start();
  await h.caughtUp();
  await h.time.advance(6_000);
  assert.deepEqual(h.target.rows("b"), h.source.rows("b"));
  const wanted = h.source
    .rows("a")
    .filter((row) => partition === undefined || row.startsWith(`${partition}/`));
  assert.deepEqual(h.target.rows("a"), [...wanted, ...own.map((one) => `${one}/1=own`)].sort());
  await h.stop(last);
}

describe("a task that dies again and again, at any of its steps", () => {
  const lives = fc.array(life, { minLength: 1, maxLength: 4 });

  it("ends with the target equal to the source, no row lost and none doubled", async function () {
    this.timeout(300_000);
    const endEqual = (some: readonly Life[]): Promise<void> => livesEndEqual(some);
    await fc.assert(fc.asyncProperty(lives, endEqual), { numRuns: HISTORIES });
  });

  for (const part of [
    { partition: "_default", own: ["p", "other"] },
    { partition: "p", own: [] },
  ])
    it(`ends so in a partition that it has alone, ${part.partition}, with nothing else changed`, async function () {
      this.timeout(300_000);
      const endEqual = (some: readonly Life[]): Promise<void> => livesEndEqual(some, part);
      await fc.assert(fc.asyncProperty(lives, endEqual), { numRuns: HISTORIES / 10 });
    });
});
