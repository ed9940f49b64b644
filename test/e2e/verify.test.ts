import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { inWords, verify, type Verified } from "../support/verify-client.js";

const ROWS = 3_000;
/** Ids from here on are written all the time. */
const BUSY_FROM = 2_000;
const INDEX = { field_name: "vec", index_type: "FLAT", metric_type: "L2", params: {} };

type Row = Record<string, unknown>;

interface Kind {
  readonly name: string;
  readonly options?: Record<string, unknown>;
  readonly key: (n: number) => number | string;
  readonly fields: readonly Record<string, unknown>[];
}

const VALUES = [
  { name: "f", data_type: DataType.Float },
  { name: "j", data_type: DataType.JSON },
  { name: "tags", data_type: DataType.Array, element_type: DataType.Int64, max_capacity: 10 },
  { name: "vec", data_type: DataType.FloatVector, dim: 4 },
];
const INT_KEY = { name: "id", data_type: DataType.Int64, is_primary_key: true };
const TEXT_KEY = { name: "id", data_type: DataType.VarChar, max_length: 100, is_primary_key: true };

const INTS: Kind = {
  name: "ints",
  options: { enable_dynamic_field: true, shards_num: 2 },
  key: (n) => n,
  fields: [INT_KEY, ...VALUES],
};
const TEXTS: Kind = { name: "texts", key: (n) => `k"${n}`, fields: [TEXT_KEY, ...VALUES] };
const TENANTS: Kind = {
  name: "tenants",
  options: { num_partitions: 4 },
  key: (n) => n,
  fields: [
    INT_KEY,
    { name: "t", data_type: DataType.VarChar, max_length: 10, is_partition_key: true },
    ...VALUES,
  ],
};

function rowOf({ key, fields, options }: Kind, n: number, version = 0): Row {
  return {
    id: key(n),
    f: n + version / 1_000,
    j: { n, version, list: [1, "two"] },
    tags: n % 3 === 0 ? [] : [n, version],
    vec: [n, version, 0.5, 1],
    ...(fields.some(({ name }) => name === "t") && { t: `t${n % 7}` }),
    ...(options?.["enable_dynamic_field"] === true && { more: `m${n}` }),
  };
}

async function make(client: MilvusClient, { name, options = {}, fields }: Kind): Promise<void> {
  check(await client.createCollection({ collection_name: name, fields, ...options } as never));
  check(await client.createIndex({ collection_name: name, ...INDEX }));
  check(await client.loadCollection({ collection_name: name }));
}

async function write(
  client: MilvusClient,
  call: "insert" | "upsert",
  collection_name: string,
  data: readonly Row[],
): Promise<void> {
  check((await client[call]({ collection_name, data } as never)).status);
}

async function remove(
  { key }: Kind,
  client: MilvusClient,
  name: string,
  numbers: readonly number[],
): Promise<void> {
  const filter = `id in [${numbers.map((n) => JSON.stringify(key(n))).join(",")}]`;
  check((await client.delete({ collection_name: name, filter })).status);
}

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Inserts, deletes and replaces rows of a collection, again and again. */
class Load implements AsyncDisposable {
  readonly #running: Promise<void>;
  #isStopped = false;
  writes = 0;

  constructor(client: MilvusClient, kind: Kind) {
    this.#running = this.#run(client, kind);
  }

  async #run(client: MilvusClient, kind: Kind): Promise<void> {
    for (let i = 1; !this.#isStopped; i++) {
      const first = BUSY_FROM + ((i * 97) % (ROWS - BUSY_FROM - 20));
      // rows of a partition-key collection must not be upserted in this version
      const call = kind === TENANTS ? "insert" : "upsert";
      const at = kind === TENANTS ? ROWS + i * 20 : first;
      await write(
        client,
        call,
        kind.name,
        numbers(at, at + 19).map((n) => rowOf(kind, n, i)),
      );
      await remove(kind, client, kind.name, numbers(at, at + 3));
      await write(
        client,
        "insert",
        kind.name,
        numbers(1, 5).map((n) => rowOf(kind, 1_000_000 + i * 5 + n)),
      );
      this.writes++;
      await delay(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }
}

describe("verification", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let taskId: string;

  before(async function () {
    this.timeout(120_000);
    service = await ServiceProcess.over(sandbox().sandbox);
    taskId = await service.createTask(sandbox().targetUri);
  });
  after(() => service[Symbol.asyncDispose]());

  const run = (options: object = {}): Promise<Verified> => verify(service.port, { taskId, ...options });

  /** What the task remembers. */
  async function isRepaired(): Promise<unknown> {
    const { body } = await service.cdc("get", { task_id: taskId });
    const { last_verification: last } = body.data?.["Task"] as Record<string, Record<string, unknown>>;
    return last?.["is_repaired"];
  }

  async function filled(kind: Kind): Promise<void> {
    const { source, target } = sandbox();
    await make(source, kind);
    await write(
      source,
      "insert",
      kind.name,
      numbers(1, ROWS).map((n) => rowOf(kind, n)),
    );
    await becomesEqual(source, target);
  }

  /** Behind the service's back; answers what has to be found. */
  async function damage(kind: Kind): Promise<string[]> {
    const { target } = sandbox();
    const { name, key } = kind;
    const put = (n: number, change: Row): Row => ({ ...rowOf(kind, n), ...change });
    const replace = async (row: Row, n: number): Promise<void> => {
      await remove(kind, target, name, [n]);
      await write(target, "insert", name, [row]);
    };
    await remove(kind, target, name, [10, 11, 12]);
    // the last bit of one float, of a vector and of a scalar
    await replace(put(20, { vec: [20, 0, 0.5 + 2 ** -24, 1] }), 20);
    await replace(put(21, { f: 21 + 2 ** -19 }), 21);
    await replace(put(22, { j: { n: 22, version: 0, list: ["two", 1] } }), 22);
    await replace(put(23, { tags: [23, 1] }), 23);
    // the same value in another order is none
    await replace(put(24, { j: { list: [1, "two"], version: 0, n: 24 } }), 24);
    await write(target, "insert", name, [rowOf(kind, -5), rowOf(kind, 900_000)]);
    await write(target, "insert", name, [rowOf(kind, 30), rowOf(kind, 31)]);
    return [
      ...[10, 11, 12].map((n) => `missing ${name} ${key(n)}`),
      `differing ${name} ${key(20)} vec`,
      `differing ${name} ${key(21)} f`,
      `differing ${name} ${key(22)} j`,
      `differing ${name} ${key(23)} tags`,
      ...[-5, 900_000].map((n) => `extra ${name} ${key(n)}`),
      ...[30, 31].map((n) => `duplicated ${name} ${key(n)}`),
    ].sort();
  }

  for (const kind of [INTS, TEXTS, TENANTS]) {
    it(`names every damage to ${kind.name} and nothing else while writes flow, repairs it, and is clean then`, async () => {
      await filled(kind);
      await using load = new Load(sandbox().source, kind);
      assert.deepEqual(inWords(await run()), []);
      const wanted = await damage(kind);
      const found = await run();
      assert.deepEqual(inWords(found), wanted);
      assert.deepEqual([found.result.isEqual, found.result.isComplete], [false, true]);
      const dry = await run({ repair: true, dryRun: true });
      assert.deepEqual(inWords(dry), wanted);
      const [would] = dry.result.collections.filter(({ collection }) => collection === kind.name);
      assert.deepEqual([would?.copied, would?.deleted], [9n, 2n]);
      assert.equal(await isRepaired(), undefined);
      const repaired = await run({ repair: true });
      assert.deepEqual(inWords(repaired), wanted);
      const [did] = repaired.result.collections.filter(({ collection }) => collection === kind.name);
      assert.deepEqual([did?.copied, did?.deleted], [9n, 2n]);
      assert.deepEqual([repaired.result.isRepaired, await isRepaired()], [true, true]);
      const clean = await run();
      assert.deepEqual([inWords(clean), clean.result.isEqual, await isRepaired()], [[], true, undefined]);
      assert.ok(load.writes > 20, "nothing was written meanwhile");
    });
  }

  it("after the load, both sides are equal for a plain client too", () =>
    becomesEqual(sandbox().source, sandbox().target));

  it("names an index, a property and a partition of a paused task, and is clean when it runs", async () => {
    const { source, target } = sandbox();
    const { name } = INTS;
    const property = (seconds: number): object => ({
      collection_name: name,
      properties: { "collection.ttl.seconds": seconds },
    });
    check(await source.alterCollectionProperties(property(864_000) as never));
    check(await source.createPartition({ collection_name: name, partition_name: "p" }));
    await becomesEqual(source, target);
    await service.cdc("pause", { task_id: taskId });
    check(await target.alterCollectionProperties(property(432_000) as never));
    check(await target.releaseCollection({ collection_name: name }));
    check(await target.dropIndex({ collection_name: name, field_name: "vec" }));
    check(await target.dropPartition({ collection_name: name, partition_name: "p" }));
    const found = await run({ level: 1 });
    assert.deepEqual(inWords(found), [
      'differing ints property collection.ttl.seconds source "864000", target "432000"',
      "missing ints index vec",
      "missing ints load of partition _default",
      "missing ints load of partition p",
      "missing ints partition p",
    ]);
    assert.match(
      found.result.collections.flatMap(({ problems }) => problems).join(),
      /target has not loaded/,
    );
    await service.cdc("resume", { task_id: taskId });
    await becomesEqual(source, target);
    const clean = await run();
    assert.deepEqual([inWords(clean), clean.result.isEqual, clean.result.isComplete], [[], true, true]);
  });

  it("keeps its last result on the task, through a start of the service", async () => {
    const { result } = await run();
    const lastOf = async (): Promise<Record<string, unknown>> =>
      ((await service.task(taskId)) as { last_verification?: Record<string, unknown> }).last_verification ??
      {};
    const last = await lastOf();
    const compared = result.collections.reduce((sum, { comparedRows }) => sum + comparedRows, 0n);
    assert.deepEqual(
      [last["outcome"], last["level"], last["compared_rows"]],
      ["OUTCOME_EQUAL", "full", compared.toString()],
    );
    await service.end("SIGTERM");
    await service.launch();
    assert.deepEqual(await lastOf(), last);
    const { source, target } = sandbox();
    await becomesEqual(source, target);
  });

  it("counts and samples find what they can, and a sample says how sure it is", async () => {
    const { target } = sandbox();
    const clean = await run({ level: 2, sampleRanges: 3 });
    const shares = clean.result.collections.map(({ maxDifferingShare }) => maxDifferingShare ?? 0);
    assert.ok(clean.result.isEqual && shares.some((share) => share > 0.6 && share < 0.7), String(shares));
    // all of them, so that whatever is picked tells
    const { data } = await target.query({
      collection_name: INTS.name,
      filter: "id > -1000",
      output_fields: ["id"],
      limit: 16_000,
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    const gone = data.map(({ id }) => Number(id));
    await remove(INTS, target, INTS.name, gone);
    assert.match(inWords(await run({ level: 1 })).join(), /differing ints row count/);
    const sampled = await run({ level: 2, sampleRanges: 5 });
    assert.ok(sampled.differences.length > 0 && sampled.differences.length <= 1_000);
    const full = await run({ repair: true });
    const [ints] = full.result.collections.filter(({ collection }) => collection === INTS.name);
    assert.deepEqual(
      [ints?.missing, ints?.copied, full.differences.length],
      [BigInt(gone.length), BigInt(gone.length), 1_000],
    );
    assert.equal((await run()).result.isEqual, true);
  });

  it("reads no faster than it is told to", async () => {
    const startMs = performance.now();
    const { result } = await run({ maxRowsPerSecond: 2_000 });
    const rows = result.collections.reduce((sum, { comparedRows }) => sum + Number(comparedRows), 0);
    const seconds = (performance.now() - startMs) / 1000;
    assert.ok(seconds >= rows / 2_000 - 1, `${rows} rows in ${seconds} s`);
  });

  it("switches over: not with a difference, then drained, proved and paused", async () => {
    const { source, target } = sandbox();
    const client = createClient(
      CdcService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.port}` }),
    );
    const switchOver = async (): Promise<[string[], boolean | undefined]> => {
      const seen: string[] = [];
      let isPaused: boolean | undefined;
      for await (const { update } of client.switchoverTask({ taskId })) {
        if (update.case === "verification") seen.push(update.value.update.case ?? "");
        else seen.push(update.case ?? "");
        if (update.case === "result") isPaused = update.value.isPaused;
      }
      return [seen.filter((kind) => kind !== "progress"), isPaused];
    };
    await remove(INTS, target, INTS.name, [40]);
    assert.deepEqual(await switchOver(), [["drained", "difference", "result", "result"], false]);
    assert.equal((await service.task(taskId)).state, "Running");
    await run({ repair: true });
    await write(source, "insert", INTS.name, [rowOf(INTS, 5_000_000)]);
    assert.deepEqual(await switchOver(), [["drained", "result", "result"], true]);
    assert.equal((await service.task(taskId)).state, "Paused");
    await becomesEqual(source, target, 1);
    await assert.rejects(switchOver(), /does not run; resume it/);
    await service.cdc("resume", { task_id: taskId });
  });

  it("refuses a repair of a task that does not run, and an unknown task", async () => {
    await service.cdc("pause", { task_id: taskId });
    await assert.rejects(run({ repair: true }), /does not replicate now/);
    await assert.rejects(verify(service.port, { taskId: "f".repeat(32) }), /there is no task/);
    await service.cdc("resume", { task_id: taskId });
  });
});
