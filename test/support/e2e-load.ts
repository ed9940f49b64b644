import { DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { Random } from "./random.js";

type Row = Record<string, unknown>;
type Field = Record<string, unknown>;

interface Kind {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly options?: Record<string, unknown>;
  /** All but the key. */
  readonly row: (random: Random) => Row;
  /** Absent for automatic keys. */
  readonly key?: (n: number) => string | number;
  readonly keyField: string;
  readonly partitions?: readonly string[];
  readonly index: Record<string, unknown>;
  readonly vector: string;
  /** 2.3.5 itself mixes up upserts of such a collection. */
  readonly cannotUpsert?: boolean;
}

const int64Key = { name: "id", data_type: DataType.Int64, is_primary_key: true };
const floatVector = { name: "vec", data_type: DataType.FloatVector, dim: 8 };
const flat = { index_type: "FLAT", metric_type: "L2", params: {} };

/** Every kind of column and collection of 2.3.5. */
const KINDS: readonly Kind[] = [
  {
    name: "scalars",
    keyField: "id",
    vector: "vec",
    key: (n) => n,
    fields: [
      int64Key,
      { name: "b", data_type: DataType.Bool },
      { name: "i8", data_type: DataType.Int8 },
      { name: "i16", data_type: DataType.Int16 },
      { name: "i32", data_type: DataType.Int32 },
      { name: "i64", data_type: DataType.Int64 },
      { name: "f", data_type: DataType.Float },
      { name: "d", data_type: DataType.Double },
      { name: "s", data_type: DataType.VarChar, max_length: 200 },
      { name: "j", data_type: DataType.JSON },
      { name: "ai", data_type: DataType.Array, element_type: DataType.Int64, max_capacity: 8 },
      {
        name: "as",
        data_type: DataType.Array,
        element_type: DataType.VarChar,
        max_capacity: 8,
        max_length: 50,
      },
      floatVector,
    ],
    options: { shards_num: 2, description: "all scalars" },
    index: { index_type: "IVF_FLAT", metric_type: "L2", params: { nlist: 4 } },
    row: (random) => ({
      b: random.int(2) === 1,
      i8: random.int(256) - 128,
      i16: random.int(65536) - 32768,
      i32: random.int(2 ** 32) - 2 ** 31,
      i64: `${random.int(2 ** 31)}${random.int(10 ** 9)}`,
      f: Math.fround(random.next() * 1e6),
      d: random.next() * 1e12,
      s: random.text(40),
      j: { n: random.int(100), t: random.text(5), deep: { list: [1, null, "x"] } },
      ai: Array.from({ length: 1 + random.int(7) }, () => String(random.int(1000))),
      as: Array.from({ length: 1 + random.int(7) }, () => random.text(10)),
      vec: random.vector(8),
    }),
  },
  {
    name: "texts",
    keyField: "k",
    vector: "vec",
    key: (n) => `key "${n}" \\ ü 🙂`,
    fields: [{ name: "k", data_type: DataType.VarChar, max_length: 100, is_primary_key: true }, floatVector],
    options: { shards_num: 2, enable_dynamic_field: true, consistency_level: "Strong" },
    index: flat,
    row: (random) => ({
      vec: random.vector(8),
      extra: random.text(10),
      [`dyn${random.int(3)}`]: random.int(9),
    }),
  },
  {
    name: "auto_int",
    keyField: "id",
    vector: "vec",
    fields: [{ ...int64Key, autoID: true }, { name: "n", data_type: DataType.Int32 }, floatVector],
    index: { index_type: "HNSW", metric_type: "IP", params: { M: 8, efConstruction: 16 } },
    row: (random) => ({ n: random.int(1000), vec: random.vector(8) }),
  },
  {
    name: "auto_text",
    keyField: "k",
    vector: "vec",
    fields: [
      { name: "k", data_type: DataType.VarChar, max_length: 64, is_primary_key: true, autoID: true },
      { name: "n", data_type: DataType.Int32 },
      floatVector,
    ],
    index: flat,
    row: (random) => ({ n: random.int(1000), vec: random.vector(8) }),
  },
  {
    name: "binary",
    keyField: "id",
    vector: "bits",
    key: (n) => n,
    fields: [
      int64Key,
      { name: "bits", data_type: DataType.BinaryVector, dim: 32 },
      { name: "j", data_type: DataType.JSON },
    ],
    index: { index_type: "BIN_FLAT", metric_type: "HAMMING", params: {} },
    row: (random) => ({
      bits: [1, 2, 3, 4].map(() => random.int(256)),
      j: { list: [random.int(9), "y", { z: random.text(3) }] },
    }),
  },
  {
    name: "by_key",
    keyField: "id",
    vector: "vec",
    key: (n) => n,
    fields: [
      int64Key,
      { name: "tenant", data_type: DataType.VarChar, max_length: 20, is_partition_key: true },
      floatVector,
    ],
    options: { num_partitions: 4 },
    index: flat,
    row: (random) => ({ tenant: `t${random.int(20)}`, vec: random.vector(8) }),
    cannotUpsert: true,
  },
  {
    name: "parts",
    keyField: "id",
    vector: "vec",
    key: (n) => n,
    fields: [int64Key, { name: "n", data_type: DataType.Int32 }, floatVector],
    partitions: ["_default", "p1", "p2"],
    index: flat,
    row: (random) => ({ n: random.int(1000), vec: random.vector(8) }),
  },
];

/** Rows of one insert when a collection is filled. */
const FILL_BATCH = 1_000;

/** Random inserts, deletes and upserts over collections of every kind in one database. */
export class MixedLoad {
  readonly #client: MilvusClient;
  readonly #database: string;
  readonly #random: Random;
  /** Keys that are there, by collection, with their partitions. */
  readonly #live = new Map<string, Map<string | number, string>>();
  #next = 1;
  rows = 0;

  constructor(client: MilvusClient, database: string, seed: number) {
    this.#client = client;
    this.#database = database;
    this.#random = new Random(seed);
  }

  /** Makes the database, the collections, their partitions and indexes, and loads them. */
  async prepare(): Promise<void> {
    if (this.#database !== "default") check(await this.#client.createDatabase({ db_name: this.#database }));
    await Promise.all(KINDS.map((kind) => this.#prepareKind(kind)));
  }

  /** Inserts as many rows into each collection, in batches. */
  async fill(rows: number): Promise<void> {
    for (const kind of KINDS) {
      const live = this.#live.get(kind.name) ?? new Map<string | number, string>();
      for (let left = rows; left > 0; left -= FILL_BATCH)
        await this.#insert(kind, live, Math.min(left, FILL_BATCH));
    }
  }

  /** One random operation on each collection, side by side. */
  async step(): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.#operate(kind)));
  }

  /** The same on a source that may fail; answers how many operations did. Keys of a failed insert are never used again. */
  async tryStep(): Promise<number> {
    const outcomes = await Promise.allSettled(KINDS.map((kind) => this.#operate(kind)));
    return outcomes.filter(({ status }) => status === "rejected").length;
  }

  async #prepareKind(kind: Kind): Promise<void> {
    const names = this.#names(kind);
    check(await this.#client.createCollection({ ...names, fields: kind.fields, ...kind.options } as never));
    for (const partition of kind.partitions?.slice(1) ?? []) {
      check(await this.#client.createPartition({ ...names, partition_name: partition }));
    }
    check(await this.#client.createIndex({ ...names, field_name: kind.vector, ...kind.index }));
    check(await this.#client.loadCollection(names));
    this.#live.set(kind.name, new Map());
  }

  async #operate(kind: Kind): Promise<void> {
    const choice = this.#random.int(10);
    const live = this.#live.get(kind.name) ?? new Map<string | number, string>();
    if (choice < 5 || live.size < 5) await this.#insert(kind, live);
    else if (choice < 7 || kind.key === undefined || kind.cannotUpsert === true)
      await this.#delete(kind, live);
    else await this.#upsert(kind, live);
  }

  async #insert(kind: Kind, live: Map<string | number, string>, count?: number): Promise<void> {
    const partition = this.#random.pick(kind.partitions ?? [""]);
    const length = count ?? 1 + this.#random.int(50);
    const rows = Array.from({ length }, () => ({
      ...(kind.key !== undefined && { [kind.keyField]: kind.key(this.#next++) }),
      ...kind.row(this.#random),
    }));
    const answer = await this.#client.insert({
      ...this.#names(kind),
      ...inPartition(partition),
      data: rows,
    } as never);
    check(answer.status);
    this.rows += rows.length;
    const { int_id, str_id } = answer.IDs as { int_id?: { data: string[] }; str_id?: { data: string[] } };
    const given = rows.map((row) => row[kind.keyField] as string | number | undefined);
    const keys = kind.key === undefined ? (int_id?.data ?? str_id?.data ?? []) : given;
    for (const key of keys) if (key !== undefined) live.set(key, partition);
  }

  async #delete(kind: Kind, live: Map<string | number, string>): Promise<void> {
    const keys = this.#random.some([...live.keys()], 1 + this.#random.int(10));
    const isNumber = kind.fields.some(
      (f) => f["name"] === kind.keyField && f["data_type"] === DataType.Int64,
    );
    const literals = keys.map((key) => (isNumber ? String(key) : JSON.stringify(key)));
    const filter = `${kind.keyField} in [${literals.join(",")}]`;
    check((await this.#client.delete({ ...this.#names(kind), filter })).status);
    for (const key of keys) live.delete(key);
  }

  /** An upsert moves no row between partitions, so each goes where its row is. */
  async #upsert(kind: Kind, live: Map<string | number, string>): Promise<void> {
    const partition = this.#random.pick([...live.values()]);
    const own = [...live].filter(([, p]) => p === partition).map(([key]) => key);
    const keys = this.#random.some(own, 1 + this.#random.int(10));
    const data = keys.map((key) => ({ [kind.keyField]: key, ...kind.row(this.#random) }));
    const answer = await this.#client.upsert({
      ...this.#names(kind),
      ...inPartition(partition),
      data,
    } as never);
    check(answer.status);
  }

  #names({ name }: Kind): { db_name: string; collection_name: string } {
    return { db_name: this.#database, collection_name: name };
  }
}

export function check(status: { error_code?: unknown; reason?: string }): void {
  if (status.error_code !== "Success") throw new Error(`Milvus refused: ${status.reason ?? "unknown"}`);
}

function inPartition(partition: string): Row {
  return partition === "" ? {} : { partition_name: partition };
}
