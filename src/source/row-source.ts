import type { Column, PrimaryKeys } from "../model/change-event.js";
import type { CollectionId, HybridTs } from "../model/ids.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import type { CollectionName } from "../model/selection.js";

/** A collection of the source, as its rows are asked for: by name, and only if it has this id. */
export interface RowCollection {
  readonly id: CollectionId;
  readonly name: CollectionName;
  /** Name and type of its primary key, and whether its partitions can be named: all in there. */
  readonly description: Uint8Array;
  /** Its other partitions are as if they were not there. */
  readonly onlyPartitions: PartitionFilter;
}

/** A partition and its id; the empty name and id 0 are the whole of a collection with a partition key. */
export interface SourcePartition {
  readonly name: string;
  readonly id: bigint;
}

/** Where to read. */
export interface PageRequest {
  readonly partition: SourcePartition;
  /** Rows with larger keys; undefined from the smallest. */
  readonly after: bigint | string | undefined;
  /** Rows with larger keys are left out; undefined is no bound. */
  readonly upTo?: bigint | string | undefined;
  /** About how many rows a page has at most; as many as make a page of the usual size when absent. */
  readonly maxRows?: number | undefined;
  /** Everything up to this time has to be seen. A source that has it already answers at once. */
  readonly atLeast: HybridTs;
}

/** Rows in the order of their keys, with columns that can be written to a target as they are. */
export interface RowPage {
  readonly columns: readonly Column[];
  readonly keys: PrimaryKeys;
  readonly sizeBytes: number;
  /** No other row of the partition, up to the bound that was given, has a larger key. Other pages have one row at least. */
  readonly isLast: boolean;
  /** Rows of the page's range of keys just before they were read, those of equal keys one by one. */
  readonly counted: number;
  /** Of a last page: rows that the source has and hands out to nobody, as Milvus 2.3.5 those with the largest int64 as key. */
  readonly unreadableRows?: number | undefined;
  /** Shows everything up to the time that was asked for, of each key perhaps more, and nothing later than this. */
  readonly until: HybridTs;
}

/** Rows with these keys, as many as make a page at most. */
export interface KeysRequest {
  readonly partition: SourcePartition;
  readonly keys: PrimaryKeys;
  readonly atLeast: HybridTs;
}

/** Those of the asked keys that have a row, in their order. */
export type KeyedRows = Pick<RowPage, "columns" | "keys" | "until">;

/**
 * Reads the existing rows of a source. Every method answers undefined when the
 * name is not, or no longer, that of the collection, or the partition that of the id.
 *
 * @throws CdcError SOURCE_UNAVAILABLE, SOURCE_UNAUTHENTICATED; SOURCE_NOT_LOADED from `read` and `load`
 */
export interface RowSource extends AsyncDisposable {
  /** Its rows go into partitions by a field of theirs. */
  hasPartitionKey(collection: Pick<RowCollection, "description">): boolean;
  partitions(collection: RowCollection, signal: AbortSignal): Promise<readonly SourcePartition[] | undefined>;
  /** Rows of the collection, those of equal keys counted one by one; undefined also when some of it is not loaded. */
  count(collection: RowCollection, signal: AbortSignal): Promise<bigint | undefined>;
  /** With which key a page that begins there had best end; none is the end of the partition. Others may write meanwhile. */
  pageEnd(
    collection: RowCollection,
    request: Pick<PageRequest, "partition" | "after" | "atLeast">,
    signal: AbortSignal,
  ): Promise<{ readonly upTo: bigint | string | undefined } | undefined>;
  read(collection: RowCollection, request: PageRequest, signal: AbortSignal): Promise<RowPage | undefined>;
  readKeys(
    collection: RowCollection,
    request: KeysRequest,
    signal: AbortSignal,
  ): Promise<KeyedRows | undefined>;
  /**
   * Loads a partition, or the whole for the empty name, and resolves when it can be read.
   * @throws CdcError SOURCE_NOT_LOADED when that is not possible, as without an index
   */
  load(collection: RowCollection, partition: string, signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  release(collection: RowCollection, partition: string, signal: AbortSignal): Promise<void>;
}
