import { fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import {
  LogCollectionRequestSchema,
  LogCreateCollectionSchema,
  LogDatabaseRequestSchema,
  LogDeleteSchema,
  LogDropCollectionSchema,
  LogDropPartitionSchema,
  LogFlushSchema,
  LogHeaderSchema,
  LogImportSchema,
  LogInsertSchema,
} from "#gen/milvus/wire/v1/log_pb.js";
import { FieldHeaderSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import type { ChangeEvent, Column, CollectionRequest, Unsupported } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import type { CollectionId, HybridTs } from "../../model/ids.js";
import { DEFAULT_DATABASE } from "../../model/selection.js";
import { skipped, type SkippedReason } from "../../model/skipped.js";
import { MsgType } from "./msg-type.js";
import { salvage } from "./salvage.js";
import { decodeKeys } from "../../milvus/primary-keys.js";

/** Unknown fields are skipped, not kept: a record is never written back. */
const OPTIONS = { readUnknownFields: false } as const;
/** The only format of inserts that holds columns. */
const COLUMN_BASED = 1;

/** Milvus's own limit is 10 MiB. Small keys in a record take some thirty times their bytes. */
const MAX_RECORD_BYTES = 32 << 20;
/** Far more than the columns that any collection can have; each takes some hundred bytes, if it is empty. */
const MAX_FIELDS = 10_000;

/**
 * What a record of the log says. Columns and their values stay opaque. Of rows that cannot be read, but
 * whose collection is known, it is an insert with a `fault`.
 *
 * @throws CdcError RECORD_UNREADABLE when the bytes are not a message of Milvus
 */
export function decodeRecord(value: Uint8Array): ChangeEvent {
  try {
    checkSize(value);
    return decode(value);
  } catch (error) {
    const fault = unreadable(error);
    const found = salvage(value, fault);
    if (found === undefined) throw fault;
    return found;
  }
}

function unreadable(error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CdcError("RECORD_UNREADABLE", `the record is not a message of Milvus: ${text}`, {
    cause: error,
  });
}

/** Before anything is made of it: what is made may be far larger. */
function checkSize(value: Uint8Array): void {
  if (value.length > MAX_RECORD_BYTES) throw new Error(`it has ${value.length} bytes`);
  const reader = new BinaryReader(value);
  for (let fields = 1; reader.pos < reader.len; fields++) {
    if (fields > MAX_FIELDS) throw new Error(`it has more than ${MAX_FIELDS} fields`);
    const [number, wireType] = reader.tag();
    reader.skip(wireType, number);
  }
}

function decode(value: Uint8Array): ChangeEvent {
  const base = read(LogHeaderSchema, value).base;
  const type = base?.msgType ?? 0;
  const ts = base?.timestamp ?? 0n;
  switch (type) {
    case MsgType.timeTick:
      return { kind: "tick", ts };
    case MsgType.insert:
      return decodeInsert(value);
    case MsgType.delete:
      return decodeDelete(value, ts);
    case MsgType.createCollection:
      return {
        kind: "create-collection",
        ts,
        collectionId: read(LogCreateCollectionSchema, value).collectionId,
      };
    case MsgType.dropCollection:
      return { kind: "drop-collection", ts, collectionId: read(LogDropCollectionSchema, value).collectionId };
    case MsgType.dropPartition: {
      const { collectionId, partitionName: partition, partitionId } = read(LogDropPartitionSchema, value);
      checkTimestamp(ts);
      return { kind: "drop-partition", ts, collectionId, partition, partitionId };
    }
    case MsgType.createIndex:
      return decodeRequest("create-index", value, ts);
    case MsgType.dropIndex:
      return decodeRequest("drop-index", value, ts);
    case MsgType.loadCollection:
      return decodeRequest("load", value, ts);
    case MsgType.releaseCollection:
      return decodeRequest("release", value, ts);
    case MsgType.flush: {
      const { dbName, collectionNames } = read(LogFlushSchema, value);
      return { kind: "flush", ts, database: dbName || DEFAULT_DATABASE, names: collectionNames };
    }
    case MsgType.createDatabase:
      return { kind: "create-database", ts, database: read(LogDatabaseRequestSchema, value).dbName };
    case MsgType.dropDatabase:
      return { kind: "drop-database", ts, database: read(LogDatabaseRequestSchema, value).dbName };
    case MsgType.import:
      return unsupported(ts, skipped.bulkImport, read(LogImportSchema, value).collectionId);
    default:
      return unsupported(ts, skipped.unknownMessage(type));
  }
}

function decodeInsert(value: Uint8Array): ChangeEvent {
  const insert = read(LogInsertSchema, value);
  // the insert half of an upsert has no timestamp in its base
  const ts = firstUint64(insert.timestamps);
  checkTimestamp(ts);
  if (insert.version !== COLUMN_BASED || insert.rowData.length > 0) {
    return unsupported(ts, skipped.rowBasedInsert, insert.collectionId);
  }
  return {
    kind: "insert",
    ts,
    collectionId: insert.collectionId,
    partition: insert.partitionName,
    partitionId: insert.partitionId,
    rows: Number(insert.numRows),
    columns: insert.fieldsData.map(toColumn),
    sizeBytes: value.length,
    isUpsertHalf: insert.base?.timestamp === 0n,
  };
}

function toColumn(bytes: Uint8Array): Column {
  const { fieldName, type } = read(FieldHeaderSchema, bytes);
  return { name: fieldName, type, bytes };
}

function decodeDelete(value: Uint8Array, baseTs: HybridTs): ChangeEvent {
  const message = read(LogDeleteSchema, value);
  const ts = message.timestamps.length > 0 ? firstUint64(message.timestamps) : baseTs;
  checkTimestamp(ts);
  if (message.serializedExprPlan.length > 0)
    return unsupported(ts, skipped.deleteByPredicate, message.collectionId);
  const keys = message.primaryKeys.length > 0 ? decodeKeys(message.primaryKeys) : message.int64PrimaryKeys;
  return {
    kind: "delete",
    ts,
    collectionId: message.collectionId,
    partition: message.partitionName,
    partitionId: message.partitionId,
    keys,
    sizeBytes: value.length,
  };
}

function decodeRequest(kind: CollectionRequest["kind"], value: Uint8Array, ts: HybridTs): CollectionRequest {
  const { dbName, collectionName } = read(LogCollectionRequestSchema, value);
  return { kind, ts, database: dbName || DEFAULT_DATABASE, names: [collectionName] };
}

/** Id 0 is that of no collection. */
function unsupported(ts: HybridTs, reason: SkippedReason, id: CollectionId = 0n): Unsupported {
  return { kind: "unsupported", ts, reason, ...(id !== 0n && { collectionId: id }) };
}

function firstUint64(packed: Uint8Array): HybridTs {
  return packed.length === 0 ? 0n : BigInt(new BinaryReader(packed).uint64());
}

/** Without one, a change would count as older than all others, and be passed over in silence. */
function checkTimestamp(ts: HybridTs): void {
  if (ts === 0n) throw new CdcError("RECORD_UNREADABLE", "the record has no timestamp");
}

function read<S extends DescMessage>(schema: S, bytes: Uint8Array): MessageShape<S> {
  return fromBinary(schema, bytes, OPTIONS);
}
