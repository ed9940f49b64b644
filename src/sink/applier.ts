import type { RowDelete, RowInsert } from "../model/change-event.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionStructure, StructureStep } from "../model/structure.js";

/** Changes that may be sent in any order: each key occurs in one record of them at most. */
export type RowWrite =
  | { readonly kind: "delete"; readonly deletes: readonly RowDelete[] }
  | { readonly kind: "insert" | "upsert"; readonly inserts: readonly RowInsert[] };

/**
 * A collection of the target. Every method may be repeated after a failure;
 * an insert whose answer was lost has to be repeated as an upsert.
 *
 * @throws CdcError TARGET_UNAVAILABLE, TARGET_BUSY, TARGET_NOT_READY, TARGET_REJECTED, TARGET_UNAUTHENTICATED
 */
export interface TargetCollection {
  /** Resolves once the rows are durable on the target. Makes partitions that are missing. */
  write(write: RowWrite, signal: AbortSignal): Promise<void>;
  dropPartition(partition: string, signal: AbortSignal): Promise<void>;
  drop(signal: AbortSignal): Promise<void>;
  structure(signal: AbortSignal): Promise<CollectionStructure>;
  takeStep(step: StructureStep, signal: AbortSignal): Promise<void>;
  flush(signal: AbortSignal): Promise<void>;
}

/** Writes to one target by its ordinary API. */
export interface Applier extends AsyncDisposable {
  /** Reaches the target once, with its credentials. */
  ping(signal: AbortSignal): Promise<void>;
  listDatabases(signal: AbortSignal): Promise<readonly string[]>;
  createDatabase(database: string, signal: AbortSignal): Promise<void>;
  dropDatabase(database: string, signal: AbortSignal): Promise<void>;
  /**
   * Opens the target's collection, and makes it first when there is none. Its database has to exist.
   *
   * @throws CdcError TARGET_SCHEMA_DIFFERS when there is another one of that name
   */
  openCollection(collection: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection>;
}
