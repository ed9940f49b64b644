import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { BlockedRecordSchema, type BlockedRecord as ProtoBlockedRecord } from "#gen/milvus/cdc/v1/task_pb.js";
import type { BlockedRecord } from "../model/blocked-record.js";
import { withoutUserinfo } from "./userinfo.js";

/** A record can have many MiB, an answer many records, and clients take no more than 4 MiB. */
const MAX_VALUE_BYTES = 16 << 10;

export function blockedRecordToProto(record: BlockedRecord): ProtoBlockedRecord {
  const { collection, value } = record;
  return create(BlockedRecordSchema, {
    collectionId: record.collectionId,
    database: collection.database,
    name: collection.name,
    channelName: record.channel,
    offset: record.offset,
    cause: withoutUserinfo(record.cause),
    blockedAt: timestampFromMs(record.blockedAtMs),
    skippedAt: record.skippedAtMs === undefined ? undefined : timestampFromMs(record.skippedAtMs),
    value: value?.subarray(0, MAX_VALUE_BYTES),
    sizeBytes: BigInt(value?.length ?? 0),
  });
}
