import assert from "node:assert/strict";
import { DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { SdkClients } from "../../../src/milvus/sdk-clients.js";
import { MilvusRpc } from "../../../src/milvus/milvus-rpc.js";
import { CdcError } from "../../../src/model/errors.js";
import { physicalMs, type HybridTs } from "../../../src/model/ids.js";
import { startMilvus, type MilvusServer } from "../../../src/sandbox/milvus.js";
import { MilvusCatalogue } from "../../../src/source/catalogue/milvus-catalogue.js";
import type { PageRequest, RowCollection, SourcePartition } from "../../../src/source/row-source.js";
import { MilvusRowSource } from "../../../src/source/snapshot/milvus-row-source.js";
import { check } from "../../support/e2e-load.js";
import { connect } from "../../support/e2e-sandbox.js";
import { progressOf } from "../../support/progress-of.js";
import {
  addressOf,
  INT_KEY,
  keysOf,
  ReadCollection,
  readPages,
  VECTOR,
  EVERY_TYPE,
  type MakeOptions,
  type Row,
} from "../../support/row-source-collection.js";

const NEVER = new AbortController().signal;
const MIN_INT64 = -(2n ** 63n);

const TEXT_KEY: MakeOptions = {
  fields: [
    { name: "k", data_type: DataType.VarChar, max_length: 100, is_primary_key: true },
    { name: "bits", data_type: DataType.BinaryVector, dim: 16 },
  ],
};

const TENANTS: MakeOptions = {
  fields: [
    INT_KEY,
    { name: "t", data_type: DataType.VarChar, max_length: 10, is_partition_key: true },
    VECTOR,
  ],
  options: { num_partitions: 4 },
};

const PLAIN: MakeOptions = { fields: [INT_KEY, VECTOR], options: { shards_num: 2 } };

/** Values at the edges of their types; every third row has empty arrays, and every fourth long ones. */
function rowOfEveryType(id: string, n: number): Row {
  const list = <T>(...values: T[]): T[] => {
    if (n % 3 === 0) return [];
    return n % 4 === 0 ? Array.from({ length: 100 }, (_, i) => values[i % values.length]!) : values;
  };
  return {
    id,
    b: n % 2 === 0,
    i8: [-128, 0, 127][n % 3],
    i16: [-32_768, 0, 32_767][n % 3],
    i32: [-(2 ** 31), 0, 2 ** 31 - 1][n % 3],
    i64: ["-9223372036854775808", "0", "9223372036854775807"][n % 3],
    f: [-0, 1.5, 3.4e38][n % 3],
    d: [Number.MIN_VALUE, -0, Number.MAX_VALUE][n % 3],
    s: ["", 'a "quote" \\ \n', "é🙂\u0001".repeat(50)][n % 3],
    j: [{}, { deep: { list: [1, null, "x"], big: 9007199254740991 } }, { text: "🙂" }][n % 3],
    ab: list(true, false),
    a8: list(-128, 127),
    a16: list(-32_768, 32_767),
    a32: list(-(2 ** 31), 2 ** 31 - 1),
    a64: list("-9223372036854775808", "9223372036854775807"),
    af: list(-0.5, 3.4e38),
    ad: list(Number.MIN_VALUE, 1e300),
    as: list("", "é🙂", "x".repeat(200)),
    vec: [n, -n, n / 3, 1e-30, 3.4e38],
    ...(n % 2 === 0 && { dynamic: n, [`other${n % 5}`]: { text: "🙂" } }),
  };
}

describe("MilvusRowSource", () => {
  let milvus: MilvusServer;
  let client: MilvusClient;
  let rpc: MilvusRpc;
  let rows: MilvusRowSource;
  /** Loaded collections that no test has used yet. */
  const unused = new Map<MakeOptions, ReadCollection[]>();

  before(async function () {
    this.timeout(600_000);
    milvus = await startMilvus({ progress: progressOf(this) });
    client = connect(milvus.uri);
    rpc = new MilvusRpc("target", addressOf(milvus.uri));
    // small pages, so that there are many
    rows = new MilvusRowSource(addressOf(milvus.uri), new SdkClients(), { pageBytes: 2_000 });
    // loading takes seconds, however many there are
    const kinds = [
      EVERY_TYPE,
      EVERY_TYPE,
      TEXT_KEY,
      TEXT_KEY,
      TENANTS,
      TENANTS,
      ...Array<MakeOptions>(7).fill(PLAIN),
    ];
    const made = await Promise.all(kinds.map((kind, i) => new ReadCollection(client, `c${i}`).make(kind)));
    for (const kind of kinds)
      unused.set(
        kind,
        made.filter((_, i) => kinds[i] === kind),
      );
  });
  after(async () => {
    rpc.close();
    await rows[Symbol.asyncDispose]();
    await client.closeConnection();
    await milvus.stop();
  });

  const take = (kind: MakeOptions): ReadCollection => {
    const collection = unused.get(kind)?.pop();
    assert.ok(collection);
    return collection;
  };
  const now = (): Promise<HybridTs> => rpc.allocTimestamp(NEVER);
  const read = async (of: RowCollection, request: Partial<PageRequest> & { partition: SourcePartition }) => {
    const atLeast = await now();
    return rows.read(of, { after: undefined, atLeast, ...request }, NEVER);
  };
  const partitionsOf = async (of: RowCollection): Promise<readonly SourcePartition[]> => {
    const partitions = await rows.partitions(of, NEVER);
    assert.ok(partitions);
    return partitions;
  };
  const named = async (of: RowCollection, name: string): Promise<SourcePartition> => {
    const found = (await partitionsOf(of)).find((partition) => partition.name === name);
    assert.ok(found);
    return found;
  };
  /** Writes every page into another collection as it was read, and answers how many pages there were. */
  const copy = async (from: ReadCollection, to: ReadCollection): Promise<number> => {
    const found = await from.found(milvus.uri);
    const start = await now();
    let pages = 0;
    for (const partition of await partitionsOf(found)) {
      for await (const { columns, keys, sizeBytes } of readPages(
        rows,
        () => Promise.resolve(start),
        found,
        partition,
      )) {
        pages++;
        if (keys.length === 0) continue;
        const bytes = columns.map((column) => column.bytes);
        assert.equal(
          sizeBytes,
          bytes.reduce((sum, { length }) => sum + length, 0),
        );
        const place = { database: "default", collection: to.name, partition: "" };
        const pieces = bytes.map((column) => [column]);
        await rpc.insert({ ...place, columns: pieces, rows: keys.length }, NEVER);
      }
    }
    return pages;
  };

  it("reads columns of every type so that another collection can take them as they are", async () => {
    const [from, to] = [take(EVERY_TYPE), take(EVERY_TYPE)];
    const ids = [MIN_INT64, MIN_INT64 + 1n, ...Array.from({ length: 300 }, (_, i) => BigInt(i - 150))];
    const written = ids.map((id, n) => rowOfEveryType(id.toString(), n));
    for (let at = 0; at < written.length; at += 100) await from.insert(written.slice(at, at + 100));
    assert.ok((await copy(from, to)) > 10);
    const [expected, copied] = [await from.rows("id"), await to.rows("id")];
    assert.deepEqual([...copied.keys()].sort(), ids.map(String).sort());
    for (const id of ids.map(String)) assert.deepEqual(copied.get(id), expected.get(id));
    assert.deepEqual(copied.get("-150")?.["as"], ["", "é🙂", "x".repeat(200)]);
    assert.deepEqual(copied.get("-149")?.["as"], []);
  });

  it("reads text keys, the empty one and emoji among them, with binary vectors, in the order of their bytes", async () => {
    const [from, to] = [take(TEXT_KEY), take(TEXT_KEY)];
    const odd = ["", "🙂", "\uffee", '"', "\\", "'", "\n", "\u0001", "é", "a b", "%", "\u2028"];
    const keys = [...odd, ...Array.from({ length: 400 }, (_, i) => `key ${i}`)];
    await from.insert(keys.map((k, n) => ({ k, bits: [n % 256, n >> 8] })));
    const pages = await copy(from, to);
    assert.ok(pages > 1);
    assert.deepEqual(await to.rows("k"), await from.rows("k"));
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    const read = await keysOf(readPages(rows, now, found, partition!));
    assert.deepEqual(
      read,
      keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  it("reads to the end while rows are deleted, and shows none that was deleted before the page was asked for", async () => {
    const from = take(PLAIN);
    await from.insert(Array.from({ length: 1_500 }, (_, id) => ({ id, vec: [id, 0] })));
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    const read: bigint[] = [];
    let deleted = 0;
    for await (const page of readPages(rows, now, found, partition!)) {
      read.push(...(page.keys as bigint[]));
      const last = Number(read.at(-1));
      if (last < 1_400 && deleted++ < 3) await from.delete(`id in [${last - 1}, ${last + 1}, ${last + 2}]`);
      else if (deleted === 4) await from.delete("id >= 1400");
    }
    const remaining = [...(await from.rows("id")).keys()].map(BigInt);
    assert.deepEqual(
      remaining.filter((id) => !read.includes(id)),
      [],
    );
    assert.equal(
      read.length,
      remaining.length + 3,
      "all but the three that were deleted after they were read",
    );
    assert.ok(deleted > 3);
  });

  it("reads every key once of rows that were inserted twice and more, also where a segment has few others", async () => {
    const from = take(PLAIN);
    const batch = Array.from({ length: 500 }, (_, i) => ({ id: i + 2, vec: [i, 0] }));
    const repeated = Array.from({ length: 3_000 }, (_, i) => ({ id: 1, vec: [i, 0] }));
    const others = Array.from({ length: 200 }, (_, i) => ({ id: 10_000 + i, vec: [i, 0] }));
    for (const data of [repeated, batch, batch, batch, others]) await from.insert(data);
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    const keys = await keysOf(readPages(rows, now, found, partition!));
    assert.deepEqual(keys, [1, ...batch.map(({ id }) => id), ...others.map(({ id }) => id)].map(BigInt));
    assert.equal(await rows.count(found, NEVER), 4_700n);
  });

  it("goes on after the smallest key, and tells of rows whose key no Milvus 2.3.5 hands out", async () => {
    const from = take(PLAIN);
    await from.insert([MIN_INT64, 0n, 2n ** 63n - 1n].map((id) => ({ id: id.toString(), vec: [0, 0] })));
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    const all = await read(found, { partition: partition! });
    assert.deepEqual([all?.keys, all?.isLast, all?.unreadableRows], [[MIN_INT64, 0n], true, 1]);
    const rest = await read(found, { partition: partition!, after: MIN_INT64 });
    assert.deepEqual([rest?.keys, rest?.isLast], [[0n], true]);
  });

  it("shows what was acknowledged up to the time that was asked for, and nothing later than it says", async () => {
    const from = take(PLAIN);
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    await using catalogue = new MilvusCatalogue(addressOf(milvus.uri), new SdkClients());
    const empty = await read(found, { partition: partition! });
    assert.deepEqual([empty?.keys, empty?.isLast, empty?.unreadableRows], [[], true, 0]);
    for (let id = 1; id <= 3; id++) {
      await from.insert([{ id, vec: [0, 0] }]);
      const atLeast = await catalogue.now(NEVER);
      const page = await read(found, { partition: partition!, atLeast });
      assert.equal(page?.keys.length, id);
      assert.ok(page.until > atLeast && page.until < (await catalogue.now(NEVER)));
      assert.ok(Math.abs(physicalMs(page.until) - Date.now()) < 60_000);
    }
  });

  it("reads a collection with a partition key as a whole", async () => {
    const [from, to] = [take(TENANTS), take(TENANTS)];
    await from.insert(Array.from({ length: 300 }, (_, id) => ({ id, t: `t${id % 20}`, vec: [id, 0] })));
    assert.deepEqual(await partitionsOf(await from.found(milvus.uri)), [{ name: "", id: 0n }]);
    assert.ok((await copy(from, to)) > 1);
    assert.deepEqual(await to.rows("id"), await from.rows("id"));
  });

  it("reads one partition by its name and id, and knows when it is another one", async () => {
    const from = take(PLAIN);
    const place = { collection_name: from.name, partition_name: "p1" };
    check(await client.createPartition(place));
    await from.insert([{ id: 1, vec: [0, 0] }]);
    await from.insert([{ id: 2, vec: [0, 0] }], "p1");
    const found = await from.found(milvus.uri);
    const partition = await named(found, "p1");
    assert.deepEqual((await read(found, { partition }))?.keys, [2n]);
    check(await client.releasePartitions({ ...place, partition_names: ["p1"] }));
    check(await client.dropPartition(place));
    assert.equal(await read(found, { partition }), undefined);
    check(await client.createPartition(place));
    assert.equal(await read(found, { partition }), undefined);
    assert.deepEqual((await read(found, { partition: await named(found, "p1") }))?.keys, []);
  });

  it("says of a collection that it is not loaded, and why it cannot be loaded; loads it, and releases it", async () => {
    const from = await new ReadCollection(client, "not_loaded").make({ ...PLAIN, isIndexed: false });
    await from.insert([{ id: 1, vec: [0, 0] }]);
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    await assert.rejects(
      read(found, { partition: partition! }),
      isCode("SOURCE_NOT_LOADED", /not loaded it/),
    );
    assert.equal(await rows.count(found, NEVER), undefined);
    await assert.rejects(rows.load(found, "", NEVER), isCode("SOURCE_NOT_LOADED", /index/));
    // a server that has another index says it in another way
    check(
      await client.createIndex({
        collection_name: "not_loaded",
        field_name: "id",
        index_type: "STL_SORT",
      }),
    );
    await assert.rejects(rows.load(found, "", NEVER), isCode("SOURCE_NOT_LOADED", /no index on its vector/));
    await from.index(PLAIN.fields);
    await rows.load(found, "", NEVER);
    assert.deepEqual((await read(found, { partition: partition! }))?.keys, [1n]);
    assert.equal(await rows.count(found, NEVER), 1n);
    await rows.release(found, "", NEVER);
    await rows.release(found, "", NEVER);
    await assert.rejects(read(found, { partition: partition! }), isCode("SOURCE_NOT_LOADED"));
  });

  it("waits for the sealed rows of a partition that was loaded beside others", async () => {
    const from = await new ReadCollection(client, "partitions").make({ ...PLAIN, isLoaded: false });
    const place = { collection_name: from.name };
    for (const p of ["p1", "p2"]) {
      check(await client.createPartition({ ...place, partition_name: p }));
      await from.insert(
        Array.from({ length: 1_000 }, (_, i) => ({ id: i, vec: [i, 0] })),
        p,
      );
    }
    await client.flushSync({ collection_names: [from.name] });
    const found = await from.found(milvus.uri);
    const [first, second] = [await named(found, "p1"), await named(found, "p2")];
    await rows.load(found, "p1", NEVER);
    await assert.rejects(read(found, { partition: second }), isCode("SOURCE_NOT_LOADED", /p2/));
    assert.equal(await rows.count(found, NEVER), undefined);
    await rows.load(found, "p2", NEVER);
    const keys = await Promise.all([first, second].map((p) => keysOf(readPages(rows, now, found, p))));
    assert.deepEqual(
      keys.map(({ length }) => length),
      [1_000, 1_000],
    );
    await rows.release(found, "p2", NEVER);
    await assert.rejects(read(found, { partition: second }), isCode("SOURCE_NOT_LOADED", /p2/));
    assert.equal((await read(found, { partition: first }))?.keys[0], 0n);
  });

  it("has nothing to do with another collection that got the name", async () => {
    const from = take(PLAIN);
    await from.insert([{ id: 1, vec: [0, 0] }]);
    const old = await from.found(milvus.uri);
    const [partition] = await partitionsOf(old);
    await from.drop();
    assert.equal(await read(old, { partition: partition! }), undefined);
    await new ReadCollection(client, from.name).make(PLAIN);
    const found = await from.found(milvus.uri);
    assert.equal(await read(old, { partition: partition! }), undefined);
    assert.equal(await rows.partitions(old, NEVER), undefined);
    assert.equal(await rows.count(old, NEVER), undefined);
    await rows.load(old, "", NEVER);
    await rows.release(old, "", NEVER);
    assert.equal(await rows.count(found, NEVER), 0n, "it is still loaded");
  });

  it("ends at once when it is told to, while it waits", async () => {
    const from = take(PLAIN);
    const found = await from.found(milvus.uri);
    const [partition] = await partitionsOf(found);
    const stop = new AbortController();
    // the answer to this has to wait for a minute
    const atLeast = (await now()) + (60_000n << 18n);
    const reading = rows.read(found, { partition: partition!, after: undefined, atLeast }, stop.signal);
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 50);
    await assert.rejects(reading, reason);
  });
});

function isCode(code: string, text = /./): (error: unknown) => boolean {
  return (error) => error instanceof CdcError && error.code === code && text.test(error.message);
}
