import type { RowInsert } from "../../src/model/change-event.js";
import { CdcError } from "../../src/model/errors.js";
import { isPartitionSelected, type PartitionFilter } from "../../src/model/partition-filter.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import type { CollectionStructure, IndexDefinition, StructureStep } from "../../src/model/structure.js";
import type { CollectionName } from "../../src/model/selection.js";
import type { Applier, KeyRange, RowWrite, TargetCollection } from "../../src/sink/applier.js";
import { openGate, type Gate } from "./engine-gate.js";
import { rowsOf } from "./engine-rows.js";

/** What one collection of the target holds. A key may have several values, as on a real Milvus. */
class Table {
  readonly partitions = new Map<string, Map<bigint, string[]>>([["_default", new Map()]]);
  indexes: IndexDefinition[] = [];
  readonly loaded = new Set<string>();
  replicas = 0;
  properties: Record<string, string> = {};
  flushes = 0;

  /** Wholly. */
  get isLoaded(): boolean {
    return [...this.partitions.keys()].every((partition) => this.loaded.has(partition));
  }

  /** The default one is emptied. */
  drop(partition: string): void {
    if (partition === "_default") this.partitions.get(partition)?.clear();
    else this.partitions.delete(partition);
    this.loaded.delete(partition);
  }

  rowsIn(partition: string): Map<bigint, string[]> {
    const rows = this.partitions.get(partition) ?? new Map<bigint, string[]>();
    if (this.isLoaded) this.loaded.add(partition);
    this.partitions.set(partition, rows);
    return rows;
  }
}

/** A target that outlives its clients. */
export class FakeTarget {
  readonly databases = new Set(["default"]);
  readonly tables = new Map<string, Table>();
  /** Their collections, by database and alias. */
  readonly aliases = new Map<string, Table>();
  queryNodes = 1;
  /** Of every collection, in what cannot be changed. */
  differences: readonly string[] = [];
  /** Every change of rows, in order: `insert c 1=a,2=b`, `delete c 1`. */
  readonly writes: string[] = [];
  /** Values that it takes in no row. */
  readonly refused = new Set<string>();
  openClients = 0;

  table(name: string, database = "default"): Table | undefined {
    return this.tables.get(`${database}.${name}`);
  }

  aliasesOf(name: string, database = "default"): string[] {
    const table = this.table(name, database);
    const own = [...this.aliases].filter(([, other]) => other === table);
    return own.map(([alias]) => alias.slice(database.length + 1)).sort();
  }

  /** The rows of a collection as `partition/key=value`, sorted; a doubled key shows twice. */
  rows(name: string, database = "default"): string[] {
    const { partitions } = this.table(name, database) ?? new Table();
    return [...partitions]
      .flatMap(([partition, rows]) =>
        [...rows].flatMap(([key, values]) => values.map((value) => `${partition}/${key}=${value}`)),
      )
      .sort();
  }

  /** Makes a collection that is none of a task's. */
  make(name: string, database = "default"): Table {
    const table = new Table();
    this.tables.set(`${database}.${name}`, table);
    return table;
  }

  client(gate: Gate = openGate): Applier {
    this.openClients++;
    return new FakeApplier(this, gate);
  }
}

class FakeApplier implements Applier {
  readonly #target: FakeTarget;
  readonly #gate: Gate;

  constructor(target: FakeTarget, gate: Gate) {
    this.#target = target;
    this.#gate = gate;
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.#gate("ping", () => undefined, signal);
  }

  listDatabases(signal: AbortSignal): Promise<readonly string[]> {
    return this.#gate("listDatabases", () => [...this.#target.databases], signal);
  }

  createDatabase(database: string, signal: AbortSignal): Promise<void> {
    return this.#gate(`createDatabase ${database}`, () => void this.#target.databases.add(database), signal);
  }

  hasCollections(database: string, signal: AbortSignal): Promise<boolean> {
    const has = (): boolean => [...this.#target.tables.keys()].some((key) => key.startsWith(`${database}.`));
    return this.#gate(`hasCollections ${database}`, has, signal);
  }

  dropDatabase(database: string, signal: AbortSignal): Promise<void> {
    return this.#gate(`dropDatabase ${database}`, () => void this.#target.databases.delete(database), signal);
  }

  hasCollection({ database, name }: CollectionName, signal: AbortSignal): Promise<boolean> {
    return this.#gate(`hasCollection ${name}`, () => this.#target.tables.has(`${database}.${name}`), signal);
  }

  dropCollection(
    { database, name }: CollectionName,
    only: PartitionFilter,
    signal: AbortSignal,
  ): Promise<void> {
    const drop = (): void => {
      const table = this.#target.tables.get(`${database}.${name}`);
      const partitions = [...(table?.partitions.keys() ?? [])];
      const selected = partitions.filter((partition) => isPartitionSelected(only, partition));
      if (selected.length === partitions.length) {
        this.#target.writes.push(`drop ${name}`);
        this.#target.tables.delete(`${database}.${name}`);
      } else for (const partition of selected) table?.drop(partition);
    };
    return this.#gate(`drop ${name}`, drop, signal);
  }

  renameCollection(from: CollectionName, to: CollectionName, signal: AbortSignal): Promise<void> {
    const rename = (): void => {
      const key = `${from.database}.${from.name}`;
      const table = this.#target.tables.get(key);
      if (table === undefined) return;
      if (this.#target.tables.has(`${to.database}.${to.name}`)) throw refused(`${to.name} is there`);
      const isMoved = from.database !== to.database;
      if (isMoved && this.#target.aliasesOf(from.name, from.database).length > 0)
        throw refused("an alias stays in its database");
      this.#target.tables.delete(key);
      this.#target.tables.set(`${to.database}.${to.name}`, table);
    };
    return this.#gate(`rename ${from.name}`, rename, signal);
  }

  openCollection(collection: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection> {
    const { database, name } = collection.target;
    const key = `${database}.${name}`;
    const open = (): TargetCollection => {
      if (!this.#target.databases.has(database)) throw new Error(`no database ${database}`);
      if (!this.#target.tables.has(key)) this.#target.tables.set(key, new Table());
      return new FakeCollection(this.#target, collection, this.#gate);
    };
    return this.#gate(`openCollection ${name}`, open, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#target.openClients--;
    return Promise.resolve();
  }
}

function refused(why: string): CdcError {
  return new CdcError("TARGET_NOT_READY", why);
}

class FakeCollection implements TargetCollection {
  readonly differences: readonly string[];
  readonly #target: FakeTarget;
  #key: string;
  #name: string;
  readonly #onlyPartitions: PartitionFilter;
  readonly #gate: Gate;

  constructor(target: FakeTarget, collection: ReplicatedCollection, gate: Gate) {
    const { database, name } = collection.target;
    this.#target = target;
    this.differences = target.differences;
    this.#key = `${database}.${name}`;
    this.#name = name;
    this.#onlyPartitions = collection.onlyPartitions;
    this.#gate = gate;
  }

  write(write: RowWrite, signal: AbortSignal): Promise<void> {
    return this.#gate(`${write.kind} ${this.#name}`, () => this.#apply(write), signal);
  }

  dropPartition(partition: string, signal: AbortSignal): Promise<void> {
    const drop = (): void => {
      this.#target.writes.push(`drop-partition ${this.#name} ${partition}`);
      this.#table.partitions.delete(partition);
      this.#table.loaded.delete(partition);
    };
    return this.#gate(`dropPartition ${this.#name}`, drop, signal);
  }

  renamed({ database, name }: CollectionName): void {
    this.#key = `${database}.${name}`;
    this.#name = name;
  }

  deleteOthers(
    { partition, after, upTo }: KeyRange,
    kept: readonly (bigint | string)[],
    signal: AbortSignal,
  ): Promise<void> {
    const remove = (): void => {
      const rows = this.#table.partitions.get(partition);
      if (rows === undefined) return;
      if (!this.#table.loaded.has(partition)) throw refused(`${partition} is not loaded`);
      for (const key of rows.keys()) {
        const isInRange =
          (after === undefined || key > BigInt(after)) && (upTo === undefined || key <= BigInt(upTo));
        if (!isInRange || kept.includes(key)) continue;
        rows.delete(key);
        this.#target.writes.push(`delete-other ${this.#name} ${key}`);
      }
    };
    return this.#gate(`deleteOthers ${this.#name}`, remove, signal);
  }

  structure(signal: AbortSignal): Promise<CollectionStructure> {
    const read = (): CollectionStructure => {
      const { partitions, indexes, loaded, replicas, properties } = this.#table;
      return {
        partitions: [...partitions.keys()],
        indexes: [...indexes],
        loaded: [...loaded],
        replicas: loaded.size > 0 ? replicas : 0,
        aliases: this.#target.aliasesOf(this.#name, this.#database),
        properties: { ...properties },
      };
    };
    return this.#gate(`structure ${this.#name}`, read, signal);
  }

  countQueryNodes(signal: AbortSignal): Promise<number> {
    return this.#gate(`countQueryNodes ${this.#name}`, () => this.#target.queryNodes, signal);
  }

  takeStep(step: StructureStep, signal: AbortSignal): Promise<void> {
    return this.#gate(`${step.kind} ${this.#name}`, () => this.#step(step), signal);
  }

  flush(signal: AbortSignal): Promise<void> {
    const flush = (): void => {
      this.#table.flushes++;
    };
    return this.#gate(`flush ${this.#name}`, flush, signal);
  }

  get #table(): Table {
    const table = this.#target.tables.get(this.#key);
    if (table === undefined) throw new Error(`no collection ${this.#key}`);
    return table;
  }

  get #database(): string {
    return this.#key.split(".")[0] ?? "";
  }

  #aliasKey(alias: string): string {
    return `${this.#database}.${alias}`;
  }

  #step(step: StructureStep): void {
    const table = this.#table;
    switch (step.kind) {
      case "create-partition":
        table.rowsIn(step.partition);
        break;
      case "drop-index":
        if (table.loaded.size > 0) throw refused("the collection is loaded");
        table.indexes = table.indexes.filter(({ name }) => name !== step.index.name);
        break;
      case "create-index":
        if (table.indexes.some(({ field }) => field === step.index.field))
          throw refused("a field has one index");
        table.indexes.push(step.index);
        break;
      case "set-properties":
        Object.assign(table.properties, step.properties);
        break;
      case "drop-properties":
        throw refused("properties cannot be removed");
      case "release":
        table.loaded.clear();
        break;
      case "release-partitions":
        for (const partition of step.partitions) table.loaded.delete(partition);
        break;
      case "load":
      case "load-partitions":
        this.#load(step.kind === "load" ? [...table.partitions.keys()] : step.partitions, step.replicas);
        break;
      case "create-alias":
        this.#target.aliases.set(this.#aliasKey(step.alias), table);
        break;
      case "drop-alias":
        this.#target.aliases.delete(this.#aliasKey(step.alias));
        break;
    }
  }

  #load(partitions: readonly string[], replicas: number): void {
    const table = this.#table;
    if (replicas > this.#target.queryNodes) throw refused("nodes not enough");
    if (table.loaded.size > 0 && table.replicas !== replicas)
      throw refused("replicas of a loaded collection");
    for (const partition of partitions) table.loaded.add(partition);
    table.replicas = replicas;
  }

  /** Of a request with a row that is refused, the rows before it are there. */
  #apply(write: RowWrite): void {
    if (write.kind === "delete") {
      for (const { partition, keys } of write.deletes) this.#delete(partition, keys as readonly bigint[]);
    } else {
      for (const insert of write.inserts) this.#insert(write.kind, insert);
    }
  }

  #insert(kind: "insert" | "upsert", insert: RowInsert): void {
    const table = this.#table.rowsIn(insert.partition);
    const rows = rowsOf(insert);
    for (const [key, value] of rows) {
      if (this.#target.refused.has(value))
        throw new CdcError("TARGET_REJECTED", `the value of ${key} is refused`);
      table.set(key, kind === "upsert" ? [value] : [...(table.get(key) ?? []), value]);
    }
    this.#target.writes.push(
      `${kind} ${this.#name} ${[...rows].map(([key, value]) => `${key}=${value}`).join()}`,
    );
  }

  /** Without a partition, in all that are selected. */
  #delete(partition: string, keys: readonly bigint[]): void {
    for (const [name, rows] of this.#table.partitions) {
      const isMeant = partition === "" ? isPartitionSelected(this.#onlyPartitions, name) : partition === name;
      if (isMeant) for (const key of keys) rows.delete(key);
    }
    this.#target.writes.push(`delete ${this.#name} ${keys.join()}`);
  }
}
