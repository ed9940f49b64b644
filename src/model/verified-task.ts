import type { PrimaryKeys } from "./change-event.js";
import type { CollectionId, HybridTs } from "./ids.js";
import type { PartitionFilter } from "./partition-filter.js";
import type { ReplicatedCollection } from "./replicated-collection.js";
import type { CollectionName } from "./selection.js";

/** Rows of the target that were replaced, and deleted. */
export interface RepairCounts {
  readonly copied: number;
  readonly deleted: number;
}

/** The task whose two sides are compared, as far as a comparison needs it. */
export interface VerifiedTask {
  /** While it does not run, the target stays as it is. */
  readonly isRunning: boolean;
  isSelected(source: CollectionName): boolean;
  /** Of a selected collection that the task has not met yet. */
  partitionsOf(source: CollectionName): PartitionFilter;
  /** The target's name of a collection that the task has not met yet. */
  targetOf(source: CollectionName): CollectionName;
  /** As the task remembers them. */
  collections(): Promise<readonly ReplicatedCollection[]>;
  /** Resolves when the target has all of a collection up to this time, or when that is not to be waited for. */
  passed(id: CollectionId, ts: HybridTs, signal: AbortSignal): Promise<void>;
  /**
   * Makes rows of these keys, no more than make a request, equal to the source's. The empty partition is the whole.
   *
   * @throws CdcError TASK_STATE_CONFLICT when that is not possible now
   */
  repair(id: CollectionId, partition: string, keys: PrimaryKeys, signal: AbortSignal): Promise<RepairCounts>;
}
