import type { PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionName } from "../model/selection.js";
import type { CollectionStructure, StructureStep } from "../model/structure.js";

/** Changes that may be sent in any order: each key occurs in one record of them at most. */
export type RowWrite =
  | { readonly kind: "delete"; readonly deletes: readonly RowDelete[] }
  | { readonly kind: "insert" | "upsert"; readonly inserts: readonly RowInsert[] };

/** Keys of one partition (the empty name: of all), larger than `after` and not larger than `upTo`; open where undefined. */
export interface KeyRange {
  readonly partition: string;
  readonly after: bigint | string | undefined;
  readonly upTo: bigint | string | undefined;
}

/**
 * A collection of the target. Every method may be repeated after a failure;
 * an insert whose answer was lost has to be repeated as an upsert.
 *
 * @throws CdcError TARGET_UNAVAILABLE, TARGET_BUSY, TARGET_NOT_READY, TARGET_REJECTED, TARGET_UNAUTHENTICATED
 */
export interface TargetCollection {
  /** Resolves once the rows are durable on the target. Makes partitions that are missing. */
  write(write: RowWrite, signal: AbortSignal): Promise<void>;
  /** Deletes the rows of a range of keys except those that are named: what the source no longer has. Needs a loaded collection. */
  deleteOthers(range: KeyRange, kept: PrimaryKeys, signal: AbortSignal): Promise<void>;
  dropPartition(partition: string, signal: AbortSignal): Promise<void>;
  /** It has another name from now on. */
  renamed(to: CollectionName): void;
  structure(signal: AbortSignal): Promise<CollectionStructure>;
  /** How a collection that was there before differs in what cannot be changed, and does not matter to rows; in words. */
  readonly differences: readonly string[];
  /** It cannot be loaded in more replicas than this. */
  countQueryNodes(signal: AbortSignal): Promise<number>;
  takeStep(step: StructureStep, signal: AbortSignal): Promise<void>;
  flush(signal: AbortSignal): Promise<void>;
}

/** Writes to one target by its ordinary API. */
export interface Applier extends AsyncDisposable {
  /** Reaches the target once, with its credentials. */
  ping(signal: AbortSignal): Promise<void>;
  listDatabases(signal: AbortSignal): Promise<readonly string[]>;
  createDatabase(database: string, signal: AbortSignal): Promise<void>;
  /** False when there is no such database. */
  hasCollections(database: string, signal: AbortSignal): Promise<boolean>;
  dropDatabase(database: string, signal: AbortSignal): Promise<void>;
  /**
   * Idempotent. With a filter, a collection that has other partitions as well stays with them, and loses the selected
   * ones; of the default one, which no server drops, all rows.
   */
  dropCollection(name: CollectionName, only: PartitionFilter, signal: AbortSignal): Promise<void>;
  /** Idempotent: nothing to do when there is none of the old name. */
  renameCollection(from: CollectionName, to: CollectionName, signal: AbortSignal): Promise<void>;
  hasCollection(name: CollectionName, signal: AbortSignal): Promise<boolean>;
  /**
   * Opens the target's collection, and makes it first when there is none. Its database has to exist.
   *
   * @throws CdcError TARGET_SCHEMA_DIFFERS when there is another one of that name
   */
  openCollection(collection: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection>;
}
