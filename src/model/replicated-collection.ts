import type { CollectionId, HybridTs } from "./ids.js";
import type { CollectionName } from "./selection.js";

/**
 * A source's collection that a task replicates, remembered so that its rows
 * and its drop find their place on the target after the source forgot it.
 */
export interface ReplicatedCollection {
  readonly id: CollectionId;
  readonly source: CollectionName;
  readonly target: CollectionName;
  /** The source's answer to DescribeCollection, serialized: enough to make it on the target. */
  readonly description: Uint8Array;
  /** Physical channels that its shards write to. */
  readonly channels: readonly string[];
  readonly createdTs: HybridTs;
  /**
   * Timestamp of the last barrier (a dropped partition) that was carried out, 0 before
   * the first. Every shard had passed it by then, so nothing up to it is ever applied
   * again: a replay could put rows into a partition that was dropped and made anew.
   */
  readonly barrierTs: HybridTs;
  /** By name, the id of the source's partition whose rows the target's partition holds. */
  readonly partitions: ReadonlyMap<string, bigint>;
}
