import type { RowInsert } from "../../src/model/change-event.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import type { CollectionStructure, IndexDefinition, StructureStep } from "../../src/model/structure.js";
import type { Applier, RowWrite, TargetCollection } from "../../src/sink/applier.js";
import { openGate, type Gate } from "./engine-gate.js";
import { rowsOf } from "./engine-rows.js";

/** What one collection of the target holds. A key may have several values, as on a real Milvus. */
class Table {
  readonly partitions = new Map<string, Map<bigint, string[]>>([["_default", new Map()]]);
  indexes: IndexDefinition[] = [];
  isLoaded = false;
  flushes = 0;

  rowsIn(partition: string): Map<bigint, string[]> {
    const rows = this.partitions.get(partition) ?? new Map<bigint, string[]>();
    this.partitions.set(partition, rows);
    return rows;
  }
}

/** A target that outlives its clients. */
export class FakeTarget {
  readonly databases = new Set(["default"]);
  readonly tables = new Map<string, Table>();
  /** Every change of rows, in order: `insert c 1=a,2=b`, `delete c 1`. */
  readonly writes: string[] = [];
  openClients = 0;

  table(name: string, database = "default"): Table | undefined {
    return this.tables.get(`${database}.${name}`);
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

  dropDatabase(database: string, signal: AbortSignal): Promise<void> {
    return this.#gate(`dropDatabase ${database}`, () => void this.#target.databases.delete(database), signal);
  }

  openCollection({ target }: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection> {
    const { database, name } = target;
    const key = `${database}.${name}`;
    const open = (): TargetCollection => {
      if (!this.#target.databases.has(database)) throw new Error(`no database ${database}`);
      if (!this.#target.tables.has(key)) this.#target.tables.set(key, new Table());
      return new FakeCollection(this.#target, key, name, this.#gate);
    };
    return this.#gate(`openCollection ${name}`, open, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#target.openClients--;
    return Promise.resolve();
  }
}

class FakeCollection implements TargetCollection {
  readonly #target: FakeTarget;
  readonly #key: string;
  readonly #name: string;
  readonly #gate: Gate;

  constructor(target: FakeTarget, key: string, name: string, gate: Gate) {
    this.#target = target;
    this.#key = key;
    this.#name = name;
    this.#gate = gate;
  }

  write(write: RowWrite, signal: AbortSignal): Promise<void> {
    return this.#gate(`${write.kind} ${this.#name}`, () => this.#apply(write), signal);
  }

  dropPartition(partition: string, signal: AbortSignal): Promise<void> {
    const drop = (): void => {
      this.#target.writes.push(`drop-partition ${this.#name} ${partition}`);
      this.#table.partitions.delete(partition);
    };
    return this.#gate(`dropPartition ${this.#name}`, drop, signal);
  }

  drop(signal: AbortSignal): Promise<void> {
    const drop = (): void => {
      this.#target.writes.push(`drop ${this.#name}`);
      this.#target.tables.delete(this.#key);
    };
    return this.#gate(`drop ${this.#name}`, drop, signal);
  }

  structure(signal: AbortSignal): Promise<CollectionStructure> {
    const read = (): CollectionStructure => {
      const { partitions, indexes, isLoaded } = this.#table;
      return { partitions: [...partitions.keys()], indexes: [...indexes], isLoaded };
    };
    return this.#gate(`structure ${this.#name}`, read, signal);
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

  #step(step: StructureStep): void {
    const table = this.#table;
    if (step.kind === "create-partition") table.rowsIn(step.partition);
    else if (step.kind === "load") table.isLoaded = true;
    else if (step.kind === "release") table.isLoaded = false;
    else {
      table.indexes = table.indexes.filter(({ field }) => field !== step.index.field);
      if (step.kind === "create-index") table.indexes.push(step.index);
    }
  }

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
      table.set(key, kind === "upsert" ? [value] : [...(table.get(key) ?? []), value]);
    }
    this.#target.writes.push(
      `${kind} ${this.#name} ${[...rows].map(([key, value]) => `${key}=${value}`).join()}`,
    );
  }

  /** Without a partition, in all of them. */
  #delete(partition: string, keys: readonly bigint[]): void {
    for (const [name, rows] of this.#table.partitions) {
      if (partition === "" || partition === name) for (const key of keys) rows.delete(key);
    }
    this.#target.writes.push(`delete ${this.#name} ${keys.join()}`);
  }
}
