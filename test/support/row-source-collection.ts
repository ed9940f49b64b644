import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { HybridTs } from "../../src/model/ids.js";
import { SdkClients } from "../../src/milvus/sdk-clients.js";
import { MilvusCatalogue } from "../../src/source/catalogue/milvus-catalogue.js";
import type { RowCollection, RowPage, RowSource, SourcePartition } from "../../src/source/row-source.js";
import { check } from "./e2e-load.js";

export type Row = Record<string, unknown>;
export type Field = Record<string, unknown>;

const NEVER = new AbortController().signal;
const FLAT = { index_type: "FLAT", metric_type: "L2", params: {} };
const BINARY_FLAT = { index_type: "BIN_FLAT", metric_type: "HAMMING", params: {} };

/** Made with an index on its vector; loaded unless said otherwise. */
export interface MakeOptions {
  readonly fields: readonly Field[];
  readonly options?: Record<string, unknown>;
  readonly isIndexed?: boolean;
  readonly isLoaded?: boolean;
}

export const INT_KEY: Field = { name: "id", data_type: DataType.Int64, is_primary_key: true };
export const VECTOR: Field = { name: "vec", data_type: DataType.FloatVector, dim: 2 };

/** A collection whose rows are to be read. */
export class ReadCollection {
  readonly #client: MilvusClient;
  readonly name: string;

  constructor(client: MilvusClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  async make({ fields, options = {}, isIndexed = true, isLoaded = true }: MakeOptions): Promise<this> {
    check(await this.#client.createCollection({ collection_name: this.name, fields, ...options } as never));
    if (isIndexed) await this.index(fields);
    if (isIndexed && isLoaded) check(await this.#client.loadCollection({ collection_name: this.name }));
    return this;
  }

  async index(fields: readonly Field[]): Promise<void> {
    const vector = fields.find(({ dim }) => dim !== undefined);
    const kind = vector?.["data_type"] === DataType.BinaryVector ? BINARY_FLAT : FLAT;
    const field_name = String(vector?.["name"]);
    check(await this.#client.createIndex({ collection_name: this.name, field_name, ...kind }));
  }

  async insert(data: readonly Row[], partition?: string): Promise<void> {
    const place = {
      collection_name: this.name,
      ...(partition !== undefined && { partition_name: partition }),
    };
    check((await this.#client.insert({ ...place, data } as never)).status);
  }

  async delete(filter: string): Promise<void> {
    check((await this.#client.delete({ collection_name: this.name, filter })).status);
  }

  async drop(): Promise<void> {
    check(await this.#client.dropCollection({ collection_name: this.name }));
  }

  /** As a reader is told of it. */
  async found(uri: string): Promise<RowCollection> {
    await using catalogue = new MilvusCatalogue(addressOf(uri), new SdkClients());
    const found = await catalogue.describe({ database: "default", name: this.name }, NEVER);
    if (found === undefined) throw new Error(`no collection ${this.name}`);
    return { ...found, onlyPartitions: undefined };
  }

  /** Every row by its key, as Milvus's own SDK shows it. */
  async rows(key: string): Promise<Map<string, Row>> {
    const { data, status } = await this.#client.query({
      collection_name: this.name,
      filter: "",
      output_fields: ["*"],
      limit: 16_384,
      consistency_level: ConsistencyLevelEnum.Strong,
    });
    check(status);
    return new Map(data.map((row) => [String(row[key]), row as Row]));
  }
}

export function addressOf(uri: string): { endpoint: string; connectTimeoutMs: number } {
  return { endpoint: uri.replace(/^https?:\/\//, ""), connectTimeoutMs: 5_000 };
}

/** All pages of a partition; each shows everything up to what `now` answers before it. */
export async function* readPages(
  rows: RowSource,
  now: () => Promise<HybridTs>,
  collection: RowCollection,
  partition: SourcePartition,
): AsyncGenerator<RowPage> {
  let after: bigint | string | undefined;
  for (;;) {
    const atLeast = await now();
    const page = await rows.read(collection, { partition, after, atLeast }, NEVER);
    if (page === undefined) throw new Error(`${collection.name.name} is gone`);
    yield page;
    if (page.isLast) return;
    after = page.keys.at(-1) ?? after;
  }
}

export async function keysOf(pages: AsyncIterable<RowPage>): Promise<(bigint | string)[]> {
  const keys: (bigint | string)[] = [];
  for await (const page of pages) keys.push(...page.keys);
  return keys;
}

const array = (name: string, element_type: DataType, more: Field = {}): Field => ({
  name,
  data_type: DataType.Array,
  element_type,
  max_capacity: 100,
  ...more,
});

/** Every type of 2.3.5 but the key's other one and binary vectors. */
export const EVERY_TYPE: MakeOptions = {
  options: { enable_dynamic_field: true, shards_num: 2 },
  fields: [
    INT_KEY,
    { name: "b", data_type: DataType.Bool },
    { name: "i8", data_type: DataType.Int8 },
    { name: "i16", data_type: DataType.Int16 },
    { name: "i32", data_type: DataType.Int32 },
    { name: "i64", data_type: DataType.Int64 },
    { name: "f", data_type: DataType.Float },
    { name: "d", data_type: DataType.Double },
    { name: "s", data_type: DataType.VarChar, max_length: 1000 },
    { name: "j", data_type: DataType.JSON },
    array("ab", DataType.Bool),
    array("a8", DataType.Int8),
    array("a16", DataType.Int16),
    array("a32", DataType.Int32),
    array("a64", DataType.Int64),
    array("af", DataType.Float),
    array("ad", DataType.Double),
    array("as", DataType.VarChar, { max_length: 200 }),
    { name: "vec", data_type: DataType.FloatVector, dim: 5 },
  ],
};
