import assert from "node:assert/strict";
import fc from "fast-check";
import type { CollectionView } from "../../src/engine/task-view.js";
import type { BulkImport } from "../../src/source/source-catalogue.js";
import type { FakeCollection } from "../support/engine-fake-source.js";
import { MortalProcess, type LifeSpan } from "../support/engine-gate.js";
import { EngineHarness, type Run } from "../support/engine-harness.js";

const CHANNELS = ["c0", "c1"] as const;
const HISTORIES = 2_000;

/** What a client of the source does, or its log. Numbers are made fit by what exists then. */
type Action =
  | {
      readonly kind: "insert" | "upsert" | "import";
      readonly keys: readonly number[];
      readonly partition: string;
    }
  | { readonly kind: "delete"; readonly keys: readonly number[]; readonly isEverywhere: boolean }
  | { readonly kind: "drop-partition" | "rename" | "recreate" }
  | { readonly kind: "log"; readonly channel: string; readonly order: readonly number[] }
  | { readonly kind: "tick"; readonly channel: string }
  | { readonly kind: "flush" }
  | { readonly kind: "wait"; readonly ms: number };

interface Life {
  readonly actions: readonly Action[];
  readonly span: LifeSpan;
}

const channel = fc.constantFrom(...CHANNELS);
const keys = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 });
const partition = fc.constantFrom("_default", "p");
const order = fc.array(fc.nat(5), { maxLength: 6 });
const write = fc.oneof<fc.Arbitrary<Action>[]>(
  fc.record({ kind: fc.constant("insert" as const), keys, partition }),
  fc.record({ kind: fc.constant("upsert" as const), keys, partition }),
  fc.record({ kind: fc.constant("delete" as const), keys, isEverywhere: fc.boolean() }),
);
const action = fc.oneof(
  { weight: 10, arbitrary: write },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("import" as const), keys, partition }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("drop-partition" as const, "rename" as const, "recreate" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("log" as const), channel, order }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("tick" as const), channel }) },
  { weight: 4, arbitrary: fc.constant({ kind: "flush" as const }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 900 }) }),
  },
);
const actions = fc.array(action, { minLength: 4, maxLength: 30 });
const delays = fc.array(fc.constantFrom(0, 0, 20, 200, 700), { maxLength: 7 });
const life: fc.Arbitrary<Life> = fc.record({
  actions,
  span: fc.record({
    operations: fc.integer({ min: 0, max: 200 }),
    delays,
    isLastDone: fc.boolean(),
    failures: fc.array(
      fc.record({ operation: fc.nat(60), isDone: fc.boolean(), isRefused: fc.constant(false) }),
      {
        maxLength: 4,
      },
    ),
  }),
});

/** One collection and its clients: they insert no key twice. */
class Clients {
  readonly #h: EngineHarness;
  #collection: FakeCollection;
  #value = 0;
  #names = 0;

  constructor(h: EngineHarness) {
    this.#h = h;
    this.#collection = this.#create();
  }

  get name(): string {
    return this.#collection.name.name;
  }

  take(some: Exclude<Action, { kind: "wait" }>): void {
    const { source } = this.#h;
    const collection = this.#collection;
    switch (some.kind) {
      case "log":
        source.logSome(some.channel, (count) => [...new Set(some.order)].filter((i) => i < count));
        return;
      case "tick":
        source.tick(some.channel);
        return;
      case "flush":
        source.flush();
        return;
      case "insert":
      case "import": {
        const free = some.keys.filter((key) => this.#partitionOf(key) === undefined);
        if (free.length > 0) source[some.kind](collection, this.#rows(free), some.partition);
        return;
      }
      case "upsert": {
        const own = some.keys.filter((key) => (this.#partitionOf(key) ?? some.partition) === some.partition);
        if (own.length > 0) source.upsert(collection, this.#rows(own), some.partition);
        return;
      }
      case "delete":
        source.delete(collection, some.keys.map(BigInt), some.isEverywhere ? "" : "p");
        return;
      case "drop-partition":
        if (collection.partitions.has("p"))
          source.dropPartition(collection, "p", source.nextTs() % 2n === 0n);
        return;
      case "rename":
        source.rename(collection, `c${++this.#names % 3}`);
        return;
      case "recreate":
        source.drop(collection);
        this.#collection = this.#create();
    }
  }

  #create(): FakeCollection {
    const created = this.#h.source.create("c0", CHANNELS);
    created.isLoaded = true;
    return created;
  }

  #partitionOf(key: number): string | undefined {
    return [...this.#collection.partitions].find(([, rows]) => rows.has(BigInt(key)))?.[0];
  }

  #rows(some: readonly number[]): Map<bigint, string> {
    return new Map(some.map((key) => [BigInt(key), `${key}.${this.#value++}`]));
  }
}

async function act(h: EngineHarness, clients: Clients, actions: readonly Action[]): Promise<void> {
  for (const some of actions) {
    if (some.kind === "wait") await h.time.advance(some.ms);
    else clients.take(some);
  }
}

/** Ticks go on until every page that waits for one is written. */
async function copied(h: EngineHarness, { runner }: Run, name: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    h.source.flush();
    await h.time.advance(300);
    const views = runner.observe().collections;
    const isDone = views.every(({ copy }) => copy === undefined) && importsOf(h).every(isMadeUpFor(views));
    if (isDone && views.some(({ collection }) => collection.target.name === name)) return;
  }
  throw new Error(`the copy does not end: ${JSON.stringify(runner.observe(), (_, v: unknown) => String(v))}`);
}

/** Of collections that exist. */
function importsOf({ source }: EngineHarness): readonly BulkImport[] {
  return source.imports.filter(({ collectionId }) => source.collections.has(collectionId));
}

function isMadeUpFor(views: readonly CollectionView[]): (one: BulkImport) => boolean {
  return ({ id, collectionId }) =>
    views.some(({ collection }) => collection.id === collectionId && collection.imports.has(id));
}

async function endsEqual(before: readonly Action[], lives: readonly Life[], end: Life): Promise<void> {
  using h = new EngineHarness(CHANNELS, { start: { kind: "snapshot" } });
  const clients = new Clients(h);
  for (const some of before) if (some.kind !== "wait") clients.take(some);
  await h.createTask();
  for (const { actions, span } of lives) {
    const process = new MortalProcess(span);
    h.start(process.gate);
    await act(h, clients, actions);
    await h.time.advance(400);
    // nothing of it goes on: its timers are gone, and nobody answers it any more
    process.kill();
    h.time.clear();
  }
  const last = h.start(new MortalProcess({ ...end.span, operations: Infinity }).gate);
  await act(h, clients, end.actions);
  await copied(h, last, clients.name);
  await h.caughtUp();
  await h.time.advance(6_000);
  assert.deepEqual(h.target.rows(clients.name), h.source.rows(clients.name));
  assert.deepEqual([...h.target.tables.keys()], [`default.${clients.name}`]);
  await h.stop(last);
}

describe("a snapshot of a collection that is being written, by a task that dies again and again", () => {
  it("ends with the target equal to the source, no row lost and none doubled", async function () {
    this.timeout(300_000);
    const before = fc.array(action, { maxLength: 20 });
    await fc.assert(fc.asyncProperty(before, fc.array(life, { maxLength: 2 }), life, endsEqual), {
      numRuns: HISTORIES,
    });
  });
});
