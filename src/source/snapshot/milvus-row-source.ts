import { sleep, untilAborted } from "../../async/abort.js";
import { backoffMs } from "../../async/backoff.js";
import { MilvusAdmin } from "../../milvus/milvus-admin.js";
import { MilvusRpc } from "../../milvus/milvus-rpc.js";
import type { SdkClients } from "../../milvus/sdk-clients.js";
import type { PrimaryKeys } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import type { MilvusAddress } from "../../model/milvus-address.js";
import { isPartitionSelected } from "../../model/partition-filter.js";
import type { MilvusSide } from "../../milvus/milvus-errors.js";
import type {
  KeyedRows,
  KeysRequest,
  PageRequest,
  RowCollection,
  RowPage,
  RowSource,
  SourcePartition,
} from "../row-source.js";
import { keyShape } from "./key-shape.js";
import { PageSizer } from "./page-sizer.js";
import { loadStateOf, PartitionWatch, type LoadState, type PartitionsSeen } from "./partition-watch.js";
import { QueryScan } from "./query-scan.js";
import { planEnd } from "./plan-range.js";
import { readPage } from "./read-page.js";

/** The same size as requests to a target have. */
const PAGE_BYTES = 8 << 20;
/**
 * A partition that was loaded beside others is called loaded up to a few
 * seconds before its sealed rows can be seen (milvus-io/milvus#34234).
 */
const SETTLE_MS = 10_000;
const LOAD_POLL = { firstMs: 50, maxMs: 1_000 };
const LOAD_TIMEOUT_MS = 10 * 60_000;
/** The whole of a collection, whether or not its partitions can be named. */
const WHOLE: SourcePartition = { name: "", id: 0n };

export interface RowSourceOptions {
  /** About how large a page is. */
  readonly pageBytes?: number;
  /** How long partitions have to be seen loaded before their sealed rows are believed to be seen. */
  readonly settleMs?: number;
  /** Whose rows they are, in errors. */
  readonly side?: MilvusSide;
}

/** Reads the rows of a source Milvus, or of a target that is compared with it, by its ordinary queries. */
export class MilvusRowSource implements RowSource {
  readonly #rpc: MilvusRpc;
  readonly #admin: MilvusAdmin;
  readonly #watch: PartitionWatch;
  readonly #sizer: PageSizer;
  readonly #settleMs: number;

  constructor(
    address: MilvusAddress,
    clients: SdkClients,
    { pageBytes = PAGE_BYTES, settleMs = SETTLE_MS, side = "source" }: RowSourceOptions = {},
  ) {
    this.#rpc = new MilvusRpc(side, address);
    this.#admin = new MilvusAdmin(side, address, clients);
    this.#watch = new PartitionWatch(this.#rpc, this.#admin);
    this.#sizer = new PageSizer(pageBytes);
    this.#settleMs = settleMs;
  }

  hasPartitionKey({ description }: Pick<RowCollection, "description">): boolean {
    return keyShape(description).hasPartitionKey;
  }

  async partitions(
    collection: RowCollection,
    signal: AbortSignal,
  ): Promise<readonly SourcePartition[] | undefined> {
    const seen = await this.#watch.look(collection, signal);
    if (seen !== undefined && this.hasPartitionKey(collection)) return [WHOLE];
    return seen?.all.filter(({ name }) => isPartitionSelected(collection.onlyPartitions, name));
  }

  async count(collection: RowCollection, signal: AbortSignal): Promise<bigint | undefined> {
    const atLeast = await this.#rpc.allocTimestamp(signal);
    const partitions =
      collection.onlyPartitions === undefined ? [WHOLE] : await this.partitions(collection, signal);
    let count = 0;
    for (const partition of partitions ?? []) {
      if ((await this.#stateOf(collection, partition, signal)) !== "loaded") return undefined;
      count += await this.#scan(collection, partition.name, atLeast, signal).count(undefined, undefined);
      if ((await this.#stateOf(collection, partition, signal)) !== "loaded") return undefined;
    }
    return partitions && BigInt(count);
  }

  pageEnd(
    collection: RowCollection,
    { partition, after, atLeast }: Pick<PageRequest, "partition" | "after" | "atLeast">,
    signal: AbortSignal,
  ): Promise<{ readonly upTo: bigint | string | undefined } | undefined> {
    const wish = this.#sizer.wish(collection.id);
    return this.#ask(collection, { partition, atLeast }, signal, async (scan) => ({
      upTo: await planEnd(scan, after, wish),
    }));
  }

  read(
    collection: RowCollection,
    { partition, after, upTo, maxRows, atLeast }: PageRequest,
    signal: AbortSignal,
  ): Promise<RowPage | undefined> {
    const usual = this.#sizer.wish(collection.id);
    const wish = { ...usual, rows: Math.min(usual.rows, Math.max(1, maxRows ?? Infinity)) };
    return this.#ask(collection, { partition, atLeast }, signal, async (scan) => {
      const page = await readPage(scan, after, wish, upTo);
      const sizeBytes = page.columns.reduce((sum, { bytes }) => sum + bytes.length, 0);
      this.#sizer.learn(collection.id, { keys: page.keys, sizeBytes });
      return { ...page, sizeBytes };
    });
  }

  readKeys(
    collection: RowCollection,
    { partition, keys, atLeast }: KeysRequest,
    signal: AbortSignal,
  ): Promise<KeyedRows | undefined> {
    return this.#ask(collection, { partition, atLeast }, signal, (scan) => scan.rowsOf(keys));
  }

  hasTextKeys({ description }: RowCollection): boolean {
    return keyShape(description).hasTextKeys;
  }

  /** Those of some keys, no more than a few thousand, that have a row. Of a partition that a page was just read of. */
  presentKeys(
    collection: RowCollection,
    { partition, keys, atLeast }: KeysRequest,
    signal: AbortSignal,
  ): Promise<PrimaryKeys> {
    return this.#scan(collection, partition.name, atLeast, signal).presentOf(keys);
  }

  /** Rows of some keys, those of equal keys one by one. Of a partition that a page was just read of. */
  countKeys(
    collection: RowCollection,
    { partition, keys, atLeast }: KeysRequest,
    signal: AbortSignal,
  ): Promise<number> {
    return this.#scan(collection, partition.name, atLeast, signal).countOf(keys);
  }

  /** Rows of a range of keys, those of equal keys one by one. */
  async countRange(
    collection: RowCollection,
    { partition, after, upTo, atLeast }: PageRequest,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const count = async (scan: QueryScan): Promise<{ count: number }> => ({
      count: await scan.count(after, upTo),
    });
    return (await this.#ask(collection, { partition, atLeast }, signal, count))?.count;
  }

  /** Asks when the partition can be read, and believes the answer when it still can. */
  async #ask<T>(
    collection: RowCollection,
    { partition, atLeast }: Pick<PageRequest, "partition" | "atLeast">,
    signal: AbortSignal,
    action: (scan: QueryScan) => Promise<T>,
  ): Promise<(T & { until: bigint }) | undefined> {
    if (!(await this.#isSettled(collection, partition, signal))) return undefined;
    const scan = this.#scan(collection, partition.name, atLeast, signal);
    try {
      const answer = await action(scan);
      if (!(await this.#isReadable(collection, partition, signal))) return undefined;
      return { ...answer, until: await this.#rpc.allocTimestamp(signal) };
    } catch (error) {
      signal.throwIfAborted();
      this.#sizer.failed(collection.id);
      // what a server says of a partition that is not loaded, or not there, has no code of its own
      if (!(await this.#isReadable(collection, partition, signal))) return undefined;
      throw error;
    }
  }

  async load(collection: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    const startMs = performance.now();
    let before: LoadState = await this.#stateByName(collection, partition, signal);
    if (before === "not loaded") await this.#startLoading(collection, partition, signal);
    for (let poll = 1; before !== "loaded" && before !== "gone"; poll++) {
      await sleep(backoffMs(poll, LOAD_POLL), signal);
      const state = await this.#stateByName(collection, partition, signal);
      if (before === "loading" && state === "not loaded")
        throw notLoaded(collection, partition, "gave up loading it");
      if (performance.now() - startMs > LOAD_TIMEOUT_MS) throw stillLoading(collection, partition);
      before = state;
    }
  }

  async release(collection: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#watch.isSame(collection, signal))) return;
    const { name } = collection;
    const released =
      partition === ""
        ? this.#admin.releaseCollection(name)
        : this.#admin.releasePartitions(name, [partition]);
    await untilAborted(released, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.close();
    await this.#admin.close();
  }

  #scan(
    { name, description }: RowCollection,
    partition: string,
    atLeast: bigint,
    signal: AbortSignal,
  ): QueryScan {
    return new QueryScan(this.#rpc, { name, partition, shape: keyShape(description), atLeast }, signal);
  }

  async #startLoading(collection: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#askToLoad(collection, partition, signal);
    } catch (error) {
      // a server that has some index, and none on a vector, says so with a code that means anything
      const indexes = await untilAborted(this.#admin.listIndexes(collection.name), signal);
      const { vectorFields } = keyShape(collection.description);
      const missing = vectorFields.find((field) => !indexes.some((index) => index.field === field));
      if (missing === undefined) throw error;
      throw notLoaded(collection, partition, `has no index on its vector field ${missing}`);
    }
  }

  async #askToLoad({ name, id }: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    // partitions have to have as many replicas as those that are loaded already
    const replicas = Math.max(1, await untilAborted(this.#admin.countReplicas(name, id), signal));
    const started =
      partition === ""
        ? this.#admin.loadCollection(name, replicas)
        : this.#admin.loadPartitions(name, [partition], replicas);
    await untilAborted(started, signal);
  }

  /** False when it is gone; waits where what is called loaded may not be seen yet. */
  async #isSettled(
    collection: RowCollection,
    partition: SourcePartition,
    signal: AbortSignal,
  ): Promise<boolean> {
    const seen = await this.#watch.recent(collection, signal);
    if (!isReadable(seen, collection, partition)) return false;
    const since = seen?.loadedSince.get(partition.id);
    // a single partition, or the whole, is loaded with the collection, and refuses queries until it is ready
    if (since === undefined || seen?.all.length === 1) return true;
    const waitMs = since + this.#settleMs - performance.now();
    if (waitMs <= 0) return true;
    const sealed = await untilAborted(this.#admin.listSealedPartitions(collection.name), signal);
    if (!sealed.has(partition.id)) return true;
    await sleep(waitMs, signal);
    return this.#isSettled(collection, partition, signal);
  }

  async #isReadable(
    collection: RowCollection,
    partition: SourcePartition,
    signal: AbortSignal,
  ): Promise<boolean> {
    return isReadable(await this.#watch.look(collection, signal), collection, partition);
  }

  async #stateOf(
    collection: RowCollection,
    partition: SourcePartition,
    signal: AbortSignal,
  ): Promise<LoadState> {
    const seen = await this.#watch.look(collection, signal);
    return seen === undefined ? "gone" : loadStateOf(seen, partition);
  }

  async #stateByName(collection: RowCollection, partition: string, signal: AbortSignal): Promise<LoadState> {
    const seen = await this.#watch.look(collection, signal);
    const found = partition === "" ? WHOLE : seen?.all.find(({ name }) => name === partition);
    return seen === undefined || found === undefined ? "gone" : loadStateOf(seen, found);
  }
}

/** @throws CdcError when it is there and cannot be read */
function isReadable(
  seen: PartitionsSeen | undefined,
  collection: RowCollection,
  partition: SourcePartition,
): boolean {
  const state = seen === undefined ? "gone" : loadStateOf(seen, partition);
  if (state === "not loaded") throw notLoaded(collection, partition.name, "has not loaded it");
  if (state === "loading") throw stillLoading(collection, partition.name);
  return state === "loaded";
}

function notLoaded(collection: RowCollection, partition: string, why: string): CdcError {
  return new CdcError(
    "SOURCE_NOT_LOADED",
    `${textOf(collection, partition)} cannot be read: the source ${why}`,
  );
}

function stillLoading(collection: RowCollection, partition: string): CdcError {
  return new CdcError(
    "SOURCE_UNAVAILABLE",
    `${textOf(collection, partition)} is still being loaded by the source`,
  );
}

function textOf({ name: { database, name } }: RowCollection, partition: string): string {
  return partition === "" ? `${database}.${name}` : `partition ${partition} of ${database}.${name}`;
}
