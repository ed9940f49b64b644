import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { VerifyOptions, VerifyResult, VerifyUpdate } from "../../../src/model/verification.js";
import type { PageRequest, RowPage } from "../../../src/source/row-source.js";
import type { SourceCollection } from "../../../src/source/source-catalogue.js";
import { verifyTask } from "../../../src/verify/task-verifier.js";
import type { VerifiedSide } from "../../../src/verify/verified-side.js";

const ROWS = 120_000;
const PAGE = 5_000;
const NAME = { database: "default", name: "c" };
const COLLECTION: SourceCollection = {
  id: 1n,
  name: NAME,
  description: new Uint8Array(),
  channels: ["c0"],
  createdTs: 1n,
  aliases: [],
};

/** Rows without values, of which equal keys are shown once and counted one by one. */
class Side {
  readonly #keys: BigInt64Array;
  #reading = 0;
  mostReading = 0;

  constructor(keys: readonly bigint[]) {
    this.#keys = BigInt64Array.from(keys).sort();
  }

  /** How many keys are not larger; all for undefined. */
  #upTo(key: bigint | string | undefined): number {
    if (typeof key !== "bigint") return this.#keys.length;
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? 0n) <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #range({ after, upTo }: Pick<PageRequest, "after" | "upTo">): BigInt64Array {
    return this.#keys.slice(after === undefined ? 0 : this.#upTo(after), this.#upTo(upTo));
  }

  async #read(request: PageRequest): Promise<RowPage> {
    this.mostReading = Math.max(this.mostReading, ++this.#reading);
    await turn();
    this.#reading--;
    const all = this.#range(request);
    const keys = [...new Set(all)].slice(0, PAGE);
    const isLast = keys.length < PAGE;
    const counted = isLast ? all.length : this.#range({ after: request.after, upTo: keys.at(-1) }).length;
    return { keys, columns: [], sizeBytes: keys.length, isLast, counted, until: 1n };
  }

  get verified(): VerifiedSide {
    const has = (key: bigint): boolean => this.#upTo(key) > this.#upTo(key - 1n);
    const structure = {
      partitions: ["_default"],
      indexes: [],
      loaded: ["_default"],
      replicas: 1,
      aliases: [],
      properties: {},
    };
    return {
      catalogue: {
        now: () => Promise.resolve(1n),
        list: () => Promise.resolve({ databases: ["default"], collections: new Map([[1n, NAME]]) } as never),
        describe: () => Promise.resolve(COLLECTION),
        structure: () => Promise.resolve(structure),
      },
      rows: {
        hasTextKeys: () => false,
        hasPartitionKey: () => false,
        partitions: () => Promise.resolve([{ name: "_default", id: 1n }]),
        read: (_, request) => this.#read(request),
        readKeys: (_, { keys }) =>
          Promise.resolve({ keys: (keys as bigint[]).filter(has), columns: [], until: 1n }),
        presentKeys: (_, { keys }) => Promise.resolve((keys as bigint[]).filter(has)),
        countKeys: (_, { keys }) =>
          Promise.resolve(
            (keys as bigint[]).reduce((sum, key) => sum + this.#upTo(key) - this.#upTo(key - 1n), 0),
          ),
        countRange: (_, range) => Promise.resolve(this.#range(range).length),
      },
    };
  }
}

async function verify(source: Side, target: Side, options: Partial<VerifyOptions> = {}) {
  const updates: VerifyUpdate[] = [];
  const task = {
    isRunning: false,
    isSelected: () => true,
    partitionsOf: () => undefined,
    targetOf: () => NAME,
    collections: () => Promise.resolve([]),
    passed: () => Promise.resolve(),
    repair: () => Promise.resolve({ copied: 1, deleted: 0 }),
  };
  await verifyTask(
    { task, source: source.verified, target: target.verified, compareSchemas: () => [] },
    { level: "full", repair: false, dryRun: false, ...options },
    (update) => updates.push(update),
    new AbortController().signal,
  );
  const found = updates.flatMap((one) =>
    one.kind === "difference" ? [`${one.difference.kind} ${String(one.difference.key)}`] : [],
  );
  const last = updates.at(-1);
  const result: VerifyResult = last?.kind === "result" ? last.result : assert.fail();
  return { found: found.sort(), one: result.collections[0] ?? assert.fail(), isRepaired: result.isRepaired };
}

describe("a large partition, compared in ranges side by side", () => {
  const keys = Array.from({ length: ROWS }, (_, i) => BigInt(i) * 7n);
  const bounds = [0, ROWS / 12, ROWS / 2, ROWS - 1].map((i) => keys[Math.floor(i)] ?? 0n);

  it("is compared wholly and once, with each difference named, also at its ends", async () => {
    const gone = new Set(bounds);
    const extra = [-5n, 8n, 7n * BigInt(ROWS) + 1n];
    const doubled = [keys[40_000] ?? 0n, keys[80_000] ?? 0n];
    const source = new Side(keys);
    const target = new Side([...keys.filter((key) => !gone.has(key)), ...extra, ...doubled]);
    const { found, one } = await verify(source, target);
    const wanted = [
      ...bounds.map((key) => `missing ${key}`),
      ...extra.map((key) => `extra ${key}`),
      ...doubled.map((key) => `duplicated ${key}`),
    ];
    assert.deepEqual(found, wanted.sort());
    assert.deepEqual([one.comparedRows, one.sourceRows], [BigInt(ROWS), BigInt(ROWS)]);
    assert.equal(one.targetRows, BigInt(ROWS - gone.size + extra.length + doubled.length));
    assert.equal(target.mostReading, 3);
  });

  it("is compared by one reader where rows are repaired, and where it is small", async () => {
    const source = new Side(keys);
    const repaired = await verify(source, new Side(keys.slice(1)), { repair: true });
    assert.deepEqual([repaired.found, repaired.one.copied, repaired.isRepaired], [["missing 0"], 1n, true]);
    const tried = await verify(source, new Side(keys.slice(1)), { repair: true, dryRun: true });
    assert.equal(tried.isRepaired, false);
    const few = keys.slice(0, 50_000);
    const target = new Side(few);
    const { found, one } = await verify(new Side(few), target);
    assert.deepEqual([found, one.comparedRows, target.mostReading], [[], 50_000n, 1]);
  });
});
