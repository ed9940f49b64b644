import type { CdcError } from "./errors.js";
import type { CollectionId, HybridTs } from "./ids.js";
import type { SkippedReason } from "./skipped.js";

/** Where a record stands in the log, for progress and for error messages. */
interface RecordPlace {
  readonly channel: string;
  readonly offset: bigint;
}

/** One column of an insert: a serialized FieldData that nobody needs to look into. */
export interface Column {
  readonly name: string;
  /** Milvus's DataType number. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Rows in columns, as the log holds them: opaque, and in need of nothing but their names. */
export interface RowInsert {
  readonly kind: "insert";
  readonly ts: HybridTs;
  readonly collectionId: CollectionId;
  readonly partition: string;
  /** Names of partitions are used again, ids never; 0 when the server does not tell. */
  readonly partitionId: bigint;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly sizeBytes: number;
  /** Its delete has the same timestamp and may come later. Servers that do not tell say false. */
  readonly isUpsertHalf: boolean;
  /** Why the record, an insert or a delete, cannot be read: it has no columns then, and blocks its collection. */
  readonly fault?: CdcError | undefined;
}

/** Keys to delete; an empty partition means all of them. */
export interface RowDelete {
  readonly kind: "delete";
  readonly ts: HybridTs;
  readonly collectionId: CollectionId;
  readonly partition: string;
  /** As of an insert; -1 with an empty partition. */
  readonly partitionId: bigint;
  readonly keys: PrimaryKeys;
  readonly sizeBytes: number;
}

/** Primary keys of one kind: int64 as bigint, or text. */
export type PrimaryKeys = readonly bigint[] | readonly string[];

interface CreateCollection {
  readonly kind: "create-collection";
  readonly ts: HybridTs;
  readonly collectionId: CollectionId;
}

export interface DropCollection {
  readonly kind: "drop-collection";
  readonly ts: HybridTs;
  readonly collectionId: CollectionId;
}

export interface DropPartition {
  readonly kind: "drop-partition";
  readonly ts: HybridTs;
  readonly collectionId: CollectionId;
  readonly partition: string;
  readonly partitionId: bigint;
}

/** Nothing with a timestamp up to `ts` follows in this channel. */
interface TimeTick {
  readonly kind: "tick";
  readonly ts: HybridTs;
}

/** A request that names collections, from the channel `replicate-msg`. */
export interface CollectionRequest {
  readonly kind: "create-index" | "drop-index" | "load" | "release" | "flush";
  readonly ts: HybridTs;
  readonly database: string;
  /** As the client typed them: names or aliases. Empty in a flush of everything. */
  readonly names: readonly string[];
}

export interface DatabaseRequest {
  readonly kind: "create-database" | "drop-database";
  readonly ts: HybridTs;
  readonly database: string;
}

/** A record that this version cannot replicate; it is counted and said, never dropped in silence. */
export interface Unsupported {
  readonly kind: "unsupported";
  readonly ts: HybridTs;
  readonly reason: SkippedReason;
  /** Undefined when the record does not tell. */
  readonly collectionId?: CollectionId | undefined;
}

/** What flows in a collection's lane. */
export type LaneEvent = RowInsert | RowDelete | DropCollection | DropPartition;

export type ChangeEvent =
  LaneEvent | CreateCollection | TimeTick | CollectionRequest | DatabaseRequest | Unsupported;

/** An event and where it stands. */
export interface Placed<E extends ChangeEvent = ChangeEvent> {
  readonly event: E;
  readonly place: RecordPlace;
}
