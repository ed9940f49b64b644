import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { check } from "./e2e-load.js";

export interface Names {
  readonly db_name: string;
  readonly collection_name: string;
}

/** A small collection for tests of operations: `id`, `n`, and a vector of a chosen length. */
export class TestCollection {
  readonly #client: MilvusClient;
  readonly names: Names;
  readonly #dim: number;

  constructor(client: MilvusClient, name: string, { database = "default", dim = 4 } = {}) {
    this.#client = client;
    this.names = { db_name: database, collection_name: name };
    this.#dim = dim;
  }

  async create(options: Record<string, unknown> = {}): Promise<void> {
    const fields = [
      { name: "id", data_type: DataType.Int64, is_primary_key: true },
      { name: "n", data_type: DataType.Int64 },
      { name: "vec", data_type: DataType.FloatVector, dim: this.#dim },
    ];
    check(await this.#client.createCollection({ ...this.names, fields, ...options }));
  }

  async index(): Promise<void> {
    check(
      await this.#client.createIndex({
        ...this.names,
        field_name: "vec",
        index_type: "FLAT",
        metric_type: "L2",
        params: {},
      }),
    );
  }

  async load(): Promise<void> {
    check(await this.#client.loadCollection(this.names));
  }

  async release(): Promise<void> {
    check(await this.#client.releaseCollection(this.names));
  }

  /** An indexed and loaded one. */
  async createLoaded(options?: Record<string, unknown>): Promise<void> {
    await this.create(options);
    await this.index();
    await this.load();
  }

  async drop(): Promise<void> {
    check(await this.#client.dropCollection(this.names));
  }

  /** Rows with the ids from `first` to `last`. */
  async insert(
    first: number,
    last: number,
    { partition, as }: { partition?: string; as?: string } = {},
  ): Promise<void> {
    const data = Array.from({ length: last - first + 1 }, (_, i) => ({
      id: first + i,
      n: (first + i) * 10,
      vec: Array.from({ length: this.#dim }, (__, k) => k + first + i),
    }));
    const collection = as === undefined ? {} : { collection_name: as };
    const answer = await this.#client.insert({
      ...this.names,
      ...collection,
      ...(partition !== undefined && { partition_name: partition }),
      data,
    });
    check(answer.status);
  }

  async createPartition(partition: string): Promise<void> {
    check(await this.#client.createPartition({ ...this.names, partition_name: partition }));
  }

  async dropPartition(partition: string): Promise<void> {
    check(await this.#client.dropPartition({ ...this.names, partition_name: partition }));
  }
}

/** The ids that a client reads, sorted; the collection has to be loaded there. */
export async function readIds(client: MilvusClient, names: Names): Promise<number[]> {
  const { data, status } = await client.query({
    ...names,
    filter: "id >= 0",
    output_fields: ["id"],
    consistency_level: ConsistencyLevelEnum.Strong,
  });
  check(status);
  return data.map((row) => Number(row["id"])).sort((a, b) => a - b);
}
