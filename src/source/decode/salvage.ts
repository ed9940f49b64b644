import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { MsgBaseSchema } from "#gen/milvus/wire/v1/log_pb.js";
import type { RowInsert } from "../../model/change-event.js";
import type { CdcError } from "../../model/errors.js";
import { MsgType } from "./msg-type.js";

/** Numbers of the fields that inserts and deletes have in common. */
const BASE = 1;
const COLLECTION_ID = 7;
const TIMESTAMPS = 10;

/**
 * A row record that cannot be read, as far as it tells whose it is and of what time: it has to stop
 * its collection then, since a row that is left out would be missing in silence. Undefined otherwise.
 */
export function salvage(value: Uint8Array, fault: CdcError): RowInsert | undefined {
  let [type, ts, collectionId] = [0, 0n, 0n];
  try {
    const reader = new BinaryReader(value);
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === BASE && wire === WireType.LengthDelimited) {
        const base = fromBinary(MsgBaseSchema, reader.bytes(), { readUnknownFields: false });
        type = base.msgType;
        if (ts === 0n) ts = base.timestamp;
      } else if (field === COLLECTION_ID && wire === WireType.Varint) collectionId = BigInt(reader.int64());
      else if (field === TIMESTAMPS && wire === WireType.LengthDelimited)
        ts = BigInt(new BinaryReader(reader.bytes()).uint64());
      else reader.skip(wire, field);
    }
  } catch {
    // what was read until here is all that there is
  }
  const isOfRows = type === MsgType.insert || type === MsgType.delete;
  if (!isOfRows || collectionId === 0n || ts === 0n) return undefined;
  return {
    kind: "insert",
    ts,
    collectionId,
    partition: "",
    partitionId: 0n,
    rows: 0,
    columns: [],
    sizeBytes: value.length,
    isUpsertHalf: false,
    fault,
  };
}
