import { setTimeout as delay } from "node:timers/promises";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { ConsistencyLevelEnum, ShowPartitionsType } from "@zilliz/milvus2-sdk-node";

type Row = Record<string, unknown>;

/** The most that one query may return. */
const PAGE = 16_000;

interface Described {
  readonly names: { readonly db_name: string; readonly collection_name: string };
  readonly key: string;
  readonly isText: boolean;
  readonly hasPartitionKey: boolean;
  readonly isLoaded: boolean;
  /** Names of the loaded partitions. */
  readonly loaded: readonly string[];
  /** Everything that has to be equal, beside rows. */
  readonly facts: unknown;
}

/**
 * How the target differs from the source, in words; empty when they are equal:
 * databases, collections, schemas, partitions, indexes, aliases, properties,
 * loads, and every row of every loaded partition. What the target has beside is a difference, too.
 */
export async function differences(source: MilvusClient, target: MilvusClient): Promise<string[]> {
  const found: string[] = [];
  const databases = await listDatabases(source);
  compare(found, "databases", databases, await listDatabases(target));
  for (const database of databases) {
    const names = await listCollections(source, database);
    const others = await listCollections(target, database);
    compare(found, `collections of ${database}`, names, others);
    const both = names.filter((name) => others.includes(name));
    found.push(
      ...(
        await Promise.all(both.map((name) => collectionDifferences(source, target, database, name)))
      ).flat(),
    );
  }
  return found;
}

/** Waits until both sides are equal; throws with what differs when they do not become so in time. */
export async function becomesEqual(
  source: MilvusClient,
  target: MilvusClient,
  timeoutMs = 90_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await differences(source, target).catch((error: unknown) => [
      `cannot compare: ${String(error)}`,
    ]);
    if (found.length === 0) return;
    if (Date.now() > deadline) throw new Error(`source and target differ:\n${found.slice(0, 20).join("\n")}`);
    await delay(300);
  }
}

async function collectionDifferences(
  source: MilvusClient,
  target: MilvusClient,
  database: string,
  name: string,
): Promise<string[]> {
  const found: string[] = [];
  const place = `${database}.${name}`;
  const [a, b] = await Promise.all([describe(source, database, name), describe(target, database, name)]);
  compare(found, `description of ${place}`, a.facts, b.facts);
  if (!a.isLoaded || !b.isLoaded) return found;
  const partitions = a.loaded.filter((partition) => b.loaded.includes(partition));
  // each query waits for a tick of its side, so all of them wait together
  const inPartitions = (a.hasPartitionKey ? [undefined] : partitions).map((partition) =>
    rowDifferences(`${place}/${partition ?? "*"}`, [source, a], [target, b], partition),
  );
  return [...found, ...(await Promise.all(inPartitions)).flat()];
}

type Side = readonly [MilvusClient, Described];

async function rowDifferences(
  where: string,
  source: Side,
  target: Side,
  partition: string | undefined,
): Promise<string[]> {
  const found: string[] = [];
  const [rows, copies, rowCount, copyCount] = await Promise.all([
    readRows(...source, partition),
    readRows(...target, partition),
    count(...source, partition),
    count(...target, partition),
  ]);
  compare(found, `count of ${where}`, rowCount, copyCount);
  for (const [key, row] of rows) {
    if (!copies.has(key)) found.push(`row ${key} of ${where} is missing`);
    else compare(found, `row ${key} of ${where}`, row, copies.get(key));
  }
  for (const key of copies.keys()) if (!rows.has(key)) found.push(`row ${key} of ${where} is too many`);
  return found;
}

async function describe(client: MilvusClient, database: string, name: string): Promise<Described> {
  const names = { db_name: database, collection_name: name };
  const { schema, shards_num, consistency_level, num_partitions, aliases, properties } =
    await client.describeCollection(names);
  const { partition_names } = await client.showPartitions(names);
  const loaded = await client.showPartitions({ ...names, type: ShowPartitionsType.Loaded });
  const indexes = await client.describeIndex(names);
  const loadState: string = (await client.getLoadState(names)).state;
  const key = schema.fields.find((field) => field.is_primary_key);
  const hasPartitionKey = schema.fields.some((field) => field.is_partition_key);
  const isLoaded = loadState === "LoadStateLoaded";
  const loadedPartitions = [...loaded.partition_names].sort();
  return {
    names,
    key: key?.name ?? "",
    isText: key?.data_type === "VarChar",
    hasPartitionKey,
    isLoaded,
    loaded: loadedPartitions,
    facts: {
      description: schema.description,
      isDynamic: schema.enable_dynamic_field,
      // automatic keys are off on the target, so that keys stay equal
      fields: schema.fields.map((field) => ({
        ...field,
        autoID: undefined,
        fieldID: undefined,
        state: undefined,
      })),
      shards: shards_num,
      consistency: consistency_level,
      partitionCount: hasPartitionKey ? num_partitions : undefined,
      hasPartitionKey,
      partitions: [...partition_names].sort(),
      indexes: indexes.index_descriptions
        .map(({ field_name, index_name, params }) => ({ field_name, index_name, params: sorted(params) }))
        .sort((x, y) => (x.index_name < y.index_name ? -1 : 1)),
      aliases: [...aliases].sort(),
      // how fast it may be written to is a matter of each cluster
      properties: sorted(properties.filter((property) => !property.key.includes("Rate."))),
      loaded: loadedPartitions,
      isLoaded,
    },
  };
}

async function readRows(
  client: MilvusClient,
  { names, key, isText }: Described,
  partition: string | undefined,
): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  let last: string | undefined;
  for (;;) {
    const literal = last === undefined ? undefined : isText ? JSON.stringify(last) : last;
    const first = isText ? `${key} >= ""` : `${key} >= -9223372036854775807`;
    const request = {
      ...names,
      ...(partition !== undefined && { partition_names: [partition] }),
      filter: literal === undefined ? first : `${key} > ${literal}`,
      output_fields: ["*"],
      limit: PAGE,
      consistency_level: ConsistencyLevelEnum.Strong,
    };
    const { data, status } = await client.query(request);
    if (status.code !== 0)
      throw new Error(`query of ${names.db_name}.${names.collection_name}: ${status.reason}`);
    for (const row of data) rows.set(String(row[key]), row);
    if (data.length < PAGE) return rows;
    last = String(data.at(-1)?.[key]);
  }
}

async function count(
  client: MilvusClient,
  { names }: Described,
  partition: string | undefined,
): Promise<number> {
  const { data } = await client.query({
    ...names,
    ...(partition !== undefined && { partition_names: [partition] }),
    filter: "",
    output_fields: ["count(*)"],
    consistency_level: ConsistencyLevelEnum.Strong,
  });
  return Number(data[0]?.["count(*)"]);
}

async function listDatabases(client: MilvusClient): Promise<string[]> {
  return [...(await client.listDatabases()).db_names].sort();
}

async function listCollections(client: MilvusClient, database: string): Promise<string[]> {
  return (await client.showCollections({ db_name: database })).data.map(({ name }) => name).sort();
}

function sorted(params: readonly { key: string | number; value: string | number }[]): unknown {
  return [...params].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function compare(found: string[], what: string, a: unknown, b: unknown): void {
  const [left, right] = [canonical(a), canonical(b)];
  if (left !== right) found.push(`${what}: source ${left.slice(0, 300)} target ${right.slice(0, 300)}`);
}

/** Fields come in any order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}
