import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import {
  LogCollectionRequestSchema,
  LogCreateCollectionSchema,
  LogDatabaseRequestSchema,
  LogDeleteSchema,
  LogDropCollectionSchema,
  LogDropPartitionSchema,
  LogFlushSchema,
  LogHeaderSchema,
  LogInsertSchema,
} from "#gen/milvus/wire/v1/log_pb.js";
import { FieldValuesSchema, IDsSchema, type ScalarFieldSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import type { PrimaryKeys } from "../../src/model/change-event.js";
import { DataType } from "../../src/milvus/data-type.js";

/** A packed `repeated uint64`. */
function packedTimestamps(ts: bigint, count: number): Uint8Array {
  const writer = new BinaryWriter();
  for (let i = 0; i < count; i++) writer.uint64(ts);
  return writer.finish();
}

function hasTextKeys(keys: PrimaryKeys): keys is readonly string[] {
  return typeof keys[0] === "string";
}

/** A serialized column of keys. */
export function keyColumn(name: string, keys: PrimaryKeys): Uint8Array {
  const data: MessageInitShape<typeof ScalarFieldSchema>["data"] = hasTextKeys(keys)
    ? { case: "stringData", value: { data: [...keys] } }
    : { case: "longData", value: { data: [...keys] } };
  const type = hasTextKeys(keys) ? DataType.varChar : DataType.int64;
  return toBinary(
    FieldValuesSchema,
    create(FieldValuesSchema, { type, fieldName: name, scalars: { data }, fieldId: 100n }),
  );
}

export interface InsertFacts {
  readonly ts: bigint;
  readonly collectionId: bigint;
  readonly partition: string;
  readonly columns: readonly Uint8Array[];
  readonly rows: number;
  /** The insert half of an upsert has no timestamp in its base. */
  readonly isUpsert: boolean;
}

export function insertMessage({
  ts,
  collectionId,
  partition,
  columns,
  rows,
  isUpsert,
}: InsertFacts): Uint8Array {
  const message = create(LogInsertSchema, {
    base: { msgType: 400, msgId: 7n, timestamp: isUpsert ? 0n : ts },
    shardName: "channel_1v0",
    collectionName: "an-alias",
    partitionName: partition,
    collectionId,
    timestamps: packedTimestamps(ts, rows),
    fieldsData: [...columns],
    numRows: BigInt(rows),
    version: 1,
  });
  return toBinary(LogInsertSchema, message);
}

export interface DeleteFacts {
  readonly ts: bigint;
  readonly collectionId: bigint;
  readonly partition: string;
  readonly keys: PrimaryKeys;
}

/** `isOld` puts int64 keys where servers before 2.2.2 had them. */
export function deleteMessage(
  { ts, collectionId, partition, keys }: DeleteFacts,
  isOld: boolean,
): Uint8Array {
  const idField: MessageInitShape<typeof IDsSchema>["idField"] = hasTextKeys(keys)
    ? { case: "strId", value: { data: [...keys] } }
    : { case: "intId", value: { data: [...keys] } };
  const where =
    isOld && !hasTextKeys(keys)
      ? { int64PrimaryKeys: [...keys] }
      : { primaryKeys: toBinary(IDsSchema, create(IDsSchema, { idField })) };
  const message = create(LogDeleteSchema, {
    base: { msgType: 401, timestamp: ts },
    partitionName: partition,
    collectionId,
    timestamps: packedTimestamps(ts, keys.length),
    numRows: BigInt(keys.length),
    ...where,
  });
  return toBinary(LogDeleteSchema, message);
}

type Init<S extends Parameters<typeof create>[0]> = Omit<MessageInitShape<S>, "base" | "$typeName">;

export const ddlMessage = {
  createCollection: (ts: bigint, init: Init<typeof LogCreateCollectionSchema>) =>
    toBinary(LogCreateCollectionSchema, create(LogCreateCollectionSchema, { ...init, base: base(100, ts) })),
  dropCollection: (ts: bigint, init: Init<typeof LogDropCollectionSchema>) =>
    toBinary(LogDropCollectionSchema, create(LogDropCollectionSchema, { ...init, base: base(101, ts) })),
  dropPartition: (ts: bigint, init: Init<typeof LogDropPartitionSchema>) =>
    toBinary(LogDropPartitionSchema, create(LogDropPartitionSchema, { ...init, base: base(201, ts) })),
  request: (msgType: number, ts: bigint, init: Init<typeof LogCollectionRequestSchema>) =>
    toBinary(
      LogCollectionRequestSchema,
      create(LogCollectionRequestSchema, { ...init, base: base(msgType, ts) }),
    ),
  flush: (ts: bigint, init: Init<typeof LogFlushSchema>) =>
    toBinary(LogFlushSchema, create(LogFlushSchema, { ...init, base: base(402, ts) })),
  database: (msgType: number, ts: bigint, dbName: string) =>
    toBinary(LogDatabaseRequestSchema, create(LogDatabaseRequestSchema, { dbName, base: base(msgType, ts) })),
  /** A message that has nothing but its base. */
  bare: (msgType: number, ts: bigint) =>
    toBinary(LogHeaderSchema, create(LogHeaderSchema, { base: base(msgType, ts) })),
};

function base(msgType: number, timestamp: bigint): { msgType: number; timestamp: bigint } {
  return { msgType, timestamp };
}
