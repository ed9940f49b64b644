import type { LaneEvent } from "../../src/model/change-event.js";
import { hybridTs, type ChannelName, type CollectionId } from "../../src/model/ids.js";
import type { CollectionName } from "../../src/model/selection.js";
import type { IndexDefinition } from "../../src/model/structure.js";
import type {
  BulkImport,
  Listing,
  SourceCatalogue,
  SourceCollection,
} from "../../src/source/source-catalogue.js";
import { FakeLog } from "./engine-fake-log.js";
import { openGate, type Gate } from "./engine-gate.js";
import { insertOf, type Rows } from "./engine-rows.js";

export interface FakeCollection {
  readonly id: CollectionId;
  name: CollectionName;
  readonly channels: readonly ChannelName[];
  readonly createdTs: bigint;
  /** Rows by partition: the truth that a target has to come to. */
  readonly partitions: Map<string, Map<bigint, string>>;
  readonly partitionIds: Map<string, bigint>;
  /** What there was, with the time of the change that made it so. */
  readonly history: Past[];
  indexes: IndexDefinition[];
  isLoaded: boolean;
  hasPartitionKey?: boolean;
  /** When only some are. */
  loadedPartitions?: string[];
  replicas: number;
  aliases: string[];
  properties: Record<string, string>;
}

interface Past {
  readonly ts: bigint;
  readonly partitions: ReadonlyMap<string, ReadonlyMap<bigint, string>>;
  readonly partitionIds: ReadonlyMap<string, bigint>;
}

/** A bulk import that is under way. */
export interface RunningImport {
  /** Its rows are there. */
  end(): void;
}

interface Unlogged {
  readonly channel: ChannelName;
  readonly event: LaneEvent;
}

/**
 * A source with its log and its catalogue. Writes take effect at once and get
 * a timestamp; they come into the log later, in whatever order, before a tick covers them.
 */
export class FakeSource {
  readonly log = new FakeLog();
  readonly databases = new Set(["default"]);
  /** Rows of each partition that no page shows. */
  hiddenRows = 0;
  readonly collections = new Map<CollectionId, FakeCollection>();
  /** Bulk imports that it remembers. */
  imports: BulkImport[] = [];
  #unlogged: Unlogged[] = [];
  #ts = 1_000n;
  #lastId = 100n;
  readonly #lateDrops: { collection: FakeCollection; partition: string; partitionId: bigint }[] = [];

  constructor(channels: readonly ChannelName[]) {
    for (const channel of channels) this.log.open(channel);
  }

  nextTs(): bigint {
    return ++this.#ts;
  }

  /** Its clock goes on. */
  pass(ms: number): void {
    this.#ts += hybridTs(ms);
  }

  create(name: string, channels: readonly ChannelName[], database = "default"): FakeCollection {
    const id = ++this.#lastId;
    const ts = this.nextTs();
    const partitions = new Map([["_default", new Map<bigint, string>()]]);
    const partitionIds = new Map<string, bigint>();
    const rest = { history: [], channels, createdTs: ts, partitions, partitionIds };
    const structure = { indexes: [], isLoaded: false, replicas: 1, aliases: [], properties: {} };
    const collection: FakeCollection = { id, name: { database, name }, ...rest, ...structure };
    this.collections.set(id, collection);
    for (const channel of channels)
      this.log.append(channel, { kind: "create-collection", ts, collectionId: id });
    return collection;
  }

  insert(collection: FakeCollection, rows: Rows, partition = "_default", sizeBytes?: number): void {
    const ts = this.nextTs();
    for (const [key, value] of rows) partitionOf(collection, partition).set(key, value);
    this.partitionId(collection, partition);
    note(collection, ts);
    this.#logRows(collection, rows, partition, ts, { sizeBytes });
  }

  /** Rows that come by no topic. */
  beginImport(collection: FakeCollection, rows: Rows, partition = "_default"): RunningImport {
    const id = ++this.#lastId;
    const counted = { partition, rows: BigInt(rows.size) };
    this.imports.push({ id, collectionId: collection.id, ...counted, isEnded: false });
    const end = (): void => {
      for (const [key, value] of rows) partitionOf(collection, partition).set(key, value);
      this.partitionId(collection, partition);
      // every query shows them, whatever time it asks for
      note(collection, 0n);
      this.imports = this.imports.map((one) => (one.id === id ? { ...one, isEnded: true } : one));
    };
    return { end };
  }

  import(collection: FakeCollection, rows: Rows, partition?: string): void {
    this.beginImport(collection, rows, partition).end();
  }

  /** Logged as its inserts, then its deletes, with one timestamp. */
  upsert(collection: FakeCollection, rows: Rows, partition = "_default"): void {
    const ts = this.nextTs();
    for (const [key, value] of rows) partitionOf(collection, partition).set(key, value);
    this.partitionId(collection, partition);
    note(collection, ts);
    this.#logRows(collection, rows, partition, ts, { isUpsertHalf: true });
    this.#logDelete(collection, [...rows.keys()], partition, ts);
  }

  delete(collection: FakeCollection, keys: readonly bigint[], partition = ""): void {
    for (const [name, rows] of collection.partitions) {
      if (partition === "" || partition === name) for (const key of keys) rows.delete(key);
    }
    const ts = this.nextTs();
    note(collection, ts);
    this.#logDelete(collection, keys, partition, ts);
  }

  /** A late one gets its timestamp and its records after the next rows: of a partition made anew, it may be. */
  dropPartition(collection: FakeCollection, partition: string, isLate = false): void {
    const partitionId = this.partitionId(collection, partition);
    collection.partitions.delete(partition);
    collection.partitionIds.delete(partition);
    this.#lateDrops.push({ collection, partition, partitionId });
    if (!isLate) this.#logLateDrops();
  }

  #logLateDrops(): void {
    for (const { collection, partition, partitionId } of this.#lateDrops.splice(0)) {
      if (!this.collections.has(collection.id)) continue;
      const ts = this.nextTs();
      const event = {
        kind: "drop-partition",
        ts,
        collectionId: collection.id,
        partition,
        partitionId,
      } as const;
      for (const channel of collection.channels) this.#unlogged.push({ channel, event });
    }
  }

  /** Names are used again, ids never. */
  partitionId({ partitionIds }: FakeCollection, partition: string): bigint {
    const id = partitionIds.get(partition) ?? ++this.#lastId;
    partitionIds.set(partition, id);
    return id;
  }

  rename(collection: FakeCollection, name: string): void {
    collection.name = { ...collection.name, name };
  }

  drop(collection: FakeCollection): void {
    this.#logLateDrops();
    const event = { kind: "drop-collection", ts: this.nextTs(), collectionId: collection.id } as const;
    this.collections.delete(collection.id);
    for (const channel of collection.channels) this.#unlogged.push({ channel, event });
  }

  /**
   * Brings some writes into the log; `order` may put them out of order. Only the
   * drops of one collection keep theirs: a server begins one when the other is logged.
   */
  logSome(channel: ChannelName, order: (count: number) => readonly number[] = inOrder): void {
    const own = this.#unlogged.filter((one) => one.channel === channel);
    const asked = order(own.length).flatMap((i) => own[i] ?? []);
    const chosen = new Set(asked.flatMap((one) => [...own.filter((other) => isDropBefore(other, one)), one]));
    this.#unlogged = this.#unlogged.filter((one) => !chosen.has(one));
    for (const { event } of chosen) this.log.append(channel, event);
  }

  /** A tick that covers all but what is still to be logged. Returns its timestamp. */
  tick(channel: ChannelName): bigint {
    const open = this.#unlogged.filter((one) => one.channel === channel).map(({ event }) => event.ts);
    const ts = open.reduce((low, one) => (one <= low ? one - 1n : low), this.nextTs());
    this.log.append(channel, { kind: "tick", ts });
    return ts;
  }

  /** Logs everything in order, with a tick on every channel. */
  flush(): void {
    this.#logLateDrops();
    for (const { channel } of this.log.ranges()) {
      this.logSome(channel);
      if (channel !== "replicate-msg") this.tick(channel);
    }
  }

  catalogue(gate: Gate = openGate, onClose?: () => unknown): SourceCatalogue {
    return new FakeCatalogue(this, gate, onClose);
  }

  /** What the target has to hold of a collection, as `FakeTarget.rows` shows it. */
  rows(name: string, database = "default"): string[] {
    const named = [...this.collections.values()].filter(
      (c) => c.name.name === name && c.name.database === database,
    );
    return named
      .flatMap(({ partitions }) => [...partitions])
      .flatMap(([partition, rows]) => [...rows].map(([key, value]) => `${partition}/${key}=${value}`))
      .sort();
  }

  #logRows(
    collection: FakeCollection,
    rows: Rows,
    partition: string,
    ts: bigint,
    {
      sizeBytes,
      isUpsertHalf = false,
    }: { readonly sizeBytes?: number | undefined; readonly isUpsertHalf?: boolean } = {},
  ): void {
    const { id, channels } = collection;
    const partitionId = this.partitionId(collection, partition);
    for (const channel of channels) {
      const own = new Map([...rows].filter(([key]) => shardOf(key, channels) === channel));
      const event = insertOf({
        ts,
        collectionId: id,
        partition,
        partitionId,
        rows: own,
        isUpsertHalf,
        ...(sizeBytes && { sizeBytes }),
      });
      if (own.size > 0) this.#unlogged.push({ channel, event });
    }
    this.#logLateDrops();
  }

  #logDelete(collection: FakeCollection, keys: readonly bigint[], partition: string, ts: bigint): void {
    const { id, channels } = collection;
    const partitionId = partition === "" ? -1n : this.partitionId(collection, partition);
    for (const channel of channels) {
      const own = keys.filter((key) => shardOf(key, channels) === channel);
      const event = {
        kind: "delete",
        ts,
        collectionId: id,
        partition,
        partitionId,
        keys: own,
        sizeBytes: 10,
      } as const;
      if (own.length > 0) this.#unlogged.push({ channel, event });
    }
  }
}

class FakeCatalogue implements SourceCatalogue {
  readonly #source: FakeSource;
  readonly #gate: Gate;
  readonly #onClose: (() => unknown) | undefined;

  constructor(source: FakeSource, gate: Gate, onClose: (() => unknown) | undefined) {
    this.#source = source;
    this.#gate = gate;
    this.#onClose = onClose;
  }

  now(signal: AbortSignal): Promise<bigint> {
    return this.#gate("now", () => this.#source.nextTs(), signal);
  }

  loaded(signal: AbortSignal): Promise<ReadonlySet<CollectionId>> {
    const loaded = [...this.#source.collections.values()].filter(({ isLoaded }) => isLoaded);
    return this.#gate("loaded", () => new Set(loaded.map(({ id }) => id)), signal);
  }

  list(signal: AbortSignal): Promise<Listing> {
    const read = (): Listing => ({
      databases: [...this.#source.databases],
      collections: new Map([...this.#source.collections].map(([id, { name }]) => [id, name])),
    });
    return this.#gate("list", read, signal);
  }

  imports(signal: AbortSignal): Promise<readonly BulkImport[]> {
    return this.#gate("imports", () => [...this.#source.imports], signal);
  }

  describe(name: CollectionName, signal: AbortSignal): Promise<SourceCollection | undefined> {
    const read = (): SourceCollection | undefined => {
      const found = this.#named(name) ?? this.#aliased(name);
      return found && { ...found, name, description: fakeDescription(found) };
    };
    return this.#gate(`describe ${name.name}`, read, signal);
  }

  structure(
    id: CollectionId,
    name: CollectionName,
    signal: AbortSignal,
  ): ReturnType<SourceCatalogue["structure"]> {
    const read = (): Awaited<ReturnType<SourceCatalogue["structure"]>> => {
      const found = this.#named(name);
      if (found?.id !== id) return undefined;
      return {
        partitions: [...found.partitions.keys()],
        indexes: [...found.indexes],
        loaded: found.isLoaded ? [...(found.loadedPartitions ?? found.partitions.keys())] : [],
        replicas: found.isLoaded ? found.replicas : 0,
        aliases: [...found.aliases],
        properties: { ...found.properties },
      };
    };
    return this.#gate(`source-structure ${name.name}`, read, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#onClose?.();
    return Promise.resolve();
  }

  #aliased({ database, name }: CollectionName): FakeCollection | undefined {
    return [...this.#source.collections.values()].find(
      (c) => c.aliases.includes(name) && c.name.database === database,
    );
  }

  #named({ database, name }: CollectionName): FakeCollection | undefined {
    return [...this.#source.collections.values()].find(
      (c) => c.name.name === name && c.name.database === database,
    );
  }
}

/** The first byte tells of a partition key. */
function fakeDescription({ id, hasPartitionKey = false }: FakeCollection): Uint8Array {
  return new Uint8Array([Number(hasPartitionKey), Number(id)]);
}

function note({ history, partitions, partitionIds }: FakeCollection, ts: bigint): void {
  history.push({ ts, ...structuredClone({ partitions, partitionIds }) });
}

function partitionOf({ partitions }: FakeCollection, partition: string): Map<bigint, string> {
  const rows = partitions.get(partition) ?? new Map<bigint, string>();
  partitions.set(partition, rows);
  return rows;
}

function isDropBefore({ event: a }: Unlogged, { event: b }: Unlogged): boolean {
  const areDrops = a.kind.startsWith("drop") && b.kind.startsWith("drop");
  return areDrops && a.collectionId === b.collectionId && a.ts < b.ts;
}

function shardOf(key: bigint, channels: readonly ChannelName[]): ChannelName {
  return channels[Number(key) % channels.length] ?? "";
}

function inOrder(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
