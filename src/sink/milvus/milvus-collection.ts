import { untilAborted } from "../../async/abort.js";
import { inParallel } from "../../async/in-parallel.js";
import type { Slots } from "../../async/slots.js";
import type { MilvusAdmin } from "../../milvus/milvus-admin.js";
import type { RowsRequest } from "../../milvus/encode-rows.js";
import type { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { selectRows } from "../../milvus/select-rows.js";
import { isInternal, isUnimplemented } from "../../milvus/milvus-errors.js";
import { keysOfInsert } from "../../milvus/primary-keys.js";
import type { PrimaryKeys, RowDelete, RowInsert } from "../../model/change-event.js";
import { isPartitionSelected, type PartitionFilter } from "../../model/partition-filter.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import type { CollectionName } from "../../model/selection.js";
import type { CollectionStructure, StructureStep } from "../../model/structure.js";
import type { KeyRange, RowWrite, TargetCollection } from "../applier.js";
import { deleteExpressions, othersExpression } from "./delete-expressions.js";
import { packInserts } from "./pack-inserts.js";
import type { TargetShape } from "./target-schema.js";
import type { TargetStructure } from "./target-structure.js";

/** Two requests keep a server busy; more only wait there. */
const REQUESTS_IN_FLIGHT = 2;
/** In all collections together, so many requests that are larger than small: each takes several times its size. */
export const LARGE_REQUESTS_IN_FLIGHT = 4;
const SMALL_BYTES = 64 << 10;
/** In a request, the absent name: by partition key, or everywhere. */
const ANY_PARTITION = "";

interface PendingRequest {
  readonly make: () => RowsRequest;
  readonly sizeBytes: number;
}

/** What collections of one target share. */
export interface MilvusTarget {
  readonly admin: MilvusAdmin;
  readonly rpc: MilvusRpc;
  readonly structure: TargetStructure;
  readonly largeRequests: Slots;
  /** It answered that it does not know Upsert, as Milvus before 2.3. */
  lacksUpsert: boolean;
}

/** One collection of a target Milvus. */
export class MilvusCollection implements TargetCollection {
  readonly differences: readonly string[];
  readonly #target: MilvusTarget;
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;
  readonly #structure: TargetStructure;
  #name: CollectionName;
  readonly #onlyPartitions: PartitionFilter;
  readonly #shape: TargetShape;
  /** Partitions that are known to exist; forgotten with the first failure. */
  #partitions: Set<string> | undefined;

  constructor(
    target: MilvusTarget,
    { target: name, onlyPartitions }: Pick<ReplicatedCollection, "target" | "onlyPartitions">,
    shape: TargetShape,
    differences: readonly string[],
  ) {
    this.#target = target;
    this.#admin = target.admin;
    this.#rpc = target.rpc;
    this.#structure = target.structure;
    this.#name = name;
    this.#onlyPartitions = onlyPartitions;
    this.#shape = shape;
    this.differences = differences;
  }

  /** @throws CdcError RECORD_UNREADABLE too, when a column is malformed */
  async write(write: RowWrite, signal: AbortSignal): Promise<void> {
    try {
      if (write.kind === "delete") await this.#delete(write.deletes, signal);
      else if (write.kind === "insert") await this.#insert(write.inserts, signal);
      else await this.#upsert(write.inserts, signal);
    } catch (error) {
      this.#partitions = undefined;
      // columns are opaque, so only now is it seen that one is broken: without this it would be sent for ever
      if (isInternal(error) && write.kind !== "delete")
        for (const { columns } of write.inserts) selectRows(columns, []);
      throw error;
    }
  }

  async deleteOthers(range: KeyRange, kept: PrimaryKeys, signal: AbortSignal): Promise<void> {
    const { partition } = range;
    if (partition !== ANY_PARTITION && !(await this.#knownPartitions(signal)).has(partition)) return;
    const { database, name: collection } = this.#name;
    const expr = othersExpression(this.#shape.keyField, range, kept);
    await this.#rpc.delete({ database, collection, partition, expr }, signal);
  }

  async dropPartition(partition: string, signal: AbortSignal): Promise<void> {
    this.#partitions?.delete(partition);
    await this.#structure.dropPartition(this.#name, partition, signal);
  }

  renamed(to: CollectionName): void {
    this.#name = to;
  }

  structure(signal: AbortSignal): Promise<CollectionStructure> {
    return this.#structure.read(this.#name, signal);
  }

  countQueryNodes(signal: AbortSignal): Promise<number> {
    return this.#structure.countQueryNodes(signal);
  }

  takeStep(step: StructureStep, signal: AbortSignal): Promise<void> {
    return this.#structure.take(step, this.#name, signal);
  }

  flush(signal: AbortSignal): Promise<void> {
    return untilAborted(this.#admin.flush(this.#name), signal);
  }

  async #insert(inserts: readonly RowInsert[], signal: AbortSignal): Promise<void> {
    await this.#send(
      await this.#requests(inserts, signal),
      (request) => this.#rpc.insert(request, signal),
      signal,
    );
  }

  async #upsert(inserts: readonly RowInsert[], signal: AbortSignal): Promise<void> {
    // 2.3.5 puts upserted rows of a collection with a partition key into a wrong partition
    if (this.#shape.hasPartitionKey || this.#target.lacksUpsert) return this.#replace(inserts, signal);
    const requests = await this.#requests(inserts, signal);
    try {
      await this.#send(requests, (request) => this.#rpc.upsert(request, signal), signal);
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
      this.#target.lacksUpsert = true;
      await this.#replace(inserts, signal);
    }
  }

  /** As Upsert does it: what other partitions have of the same keys stays. */
  async #replace(inserts: readonly RowInsert[], signal: AbortSignal): Promise<void> {
    for (const [partition, group] of this.#byPartition(inserts)) {
      if (partition !== ANY_PARTITION && !(await this.#knownPartitions(signal)).has(partition)) continue;
      for (const insert of group)
        await this.#deleteKeys(partition, keysOfInsert(insert, this.#shape.keyField), signal);
    }
    await this.#insert(inserts, signal);
  }

  async #delete(deletes: readonly RowDelete[], signal: AbortSignal): Promise<void> {
    for (const [partition, group] of this.#byPartition(deletes)) {
      // rows of a partition that the target does not have need no delete
      if (partition !== ANY_PARTITION && !(await this.#knownPartitions(signal)).has(partition)) continue;
      for (const one of partition === ANY_PARTITION ? await this.#everywhere(signal) : [partition])
        await this.#deleteKeys(one, joinKeys(group), signal);
    }
  }

  /** Where a delete that names no partition applies: rows of others than the selected ones may have the same keys. */
  async #everywhere(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#onlyPartitions === undefined) return [ANY_PARTITION];
    const known = await this.#knownPartitions(signal);
    return [...known].filter((name) => isPartitionSelected(this.#onlyPartitions, name));
  }

  async #deleteKeys(partition: string, keys: PrimaryKeys, signal: AbortSignal): Promise<void> {
    const { database, name: collection } = this.#name;
    const expressions = deleteExpressions(this.#shape.keyField, keys);
    for (const expr of expressions) await this.#rpc.delete({ database, collection, partition, expr }, signal);
  }

  /** Each is made when its turn comes: until then its columns are only where they were read. */
  #send(
    requests: readonly PendingRequest[],
    write: (request: RowsRequest) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { largeRequests } = this.#target;
    return inParallel(requests, REQUESTS_IN_FLIGHT, ({ make, sizeBytes }) =>
      sizeBytes > SMALL_BYTES ? largeRequests.run(() => write(make()), signal) : write(make()),
    );
  }

  async #requests(inserts: readonly RowInsert[], signal: AbortSignal): Promise<readonly PendingRequest[]> {
    const { database, name: collection } = this.#name;
    const requests: PendingRequest[] = [];
    for (const [partition, group] of this.#byPartition(inserts)) {
      if (partition !== ANY_PARTITION) await this.#ensurePartition(partition, signal);
      for (const { join, rows, sizeBytes } of packInserts(group)) {
        const make = (): RowsRequest => ({ database, collection, partition, columns: join(), rows });
        requests.push({ make, sizeBytes });
      }
    }
    return requests;
  }

  #byPartition<E extends RowInsert | RowDelete>(events: readonly E[]): Map<string, E[]> {
    const groups = new Map<string, E[]>();
    for (const event of events) {
      const partition = this.#shape.hasPartitionKey ? ANY_PARTITION : event.partition;
      const group = groups.get(partition);
      if (group === undefined) groups.set(partition, [event]);
      else group.push(event);
    }
    return groups;
  }

  /** Creating a partition is in no topic: its first row tells of it. */
  async #ensurePartition(partition: string, signal: AbortSignal): Promise<void> {
    const known = await this.#knownPartitions(signal);
    if (known.has(partition)) return;
    await untilAborted(this.#admin.createPartition(this.#name, partition), signal);
    known.add(partition);
  }

  async #knownPartitions(signal: AbortSignal): Promise<Set<string>> {
    return (this.#partitions ??= new Set(await untilAborted(this.#admin.listPartitions(this.#name), signal)));
  }
}

function joinKeys(deletes: readonly RowDelete[]): PrimaryKeys {
  const [first, ...others] = deletes;
  if (first === undefined || others.length === 0) return first?.keys ?? [];
  // all keys of a collection are of one kind
  return deletes.flatMap(({ keys }) => keys as readonly bigint[]);
}
