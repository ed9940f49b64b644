import type { CollectionId, HybridTs } from "./ids.js";
import type { PartitionFilter } from "./partition-filter.js";
import type { RowCopy } from "./row-copy.js";
import type { CollectionName } from "./selection.js";
import type { CollectionStructure } from "./structure.js";

/**
 * A source's collection that a task replicates, remembered so that its rows
 * and its drop find their place on the target after the source forgot it.
 */
export interface ReplicatedCollection {
  readonly id: CollectionId;
  readonly source: CollectionName;
  readonly target: CollectionName;
  /** While a rename is under way, the target is found either under `target` or still under this name. */
  readonly formerTarget: CollectionName | undefined;
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
  /** As it was selected under its first name; its next names change nothing. */
  readonly onlyPartitions: PartitionFilter;
  /** By name, the id of the source's partition whose rows the target's partition holds. */
  readonly partitions: ReadonlyMap<string, bigint>;
  /**
   * Whether the target's collection was there before the task, with rows that the source may
   * write once more: inserts are upserts then. Undefined before the first look.
   */
  readonly isMerged: boolean | undefined;
  /** Undefined when all of its rows come from the log. */
  readonly copy: RowCopy | undefined;
  /**
   * Bulk imports whose rows need no further copy: they were there before a copy began, or before
   * the task. Of those that the source still remembers; ids are never used again.
   */
  readonly imports: ReadonlySet<bigint>;
  /** The source's structure that the target was last made equal to: what is gone since then was dropped there. */
  readonly structure: CollectionStructure | undefined;
}
