import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FieldHeaderSchema, FieldRowsSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../../milvus/data-type.js";
import type { Column } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";

/** An empty list of each element type: a ScalarField whose member is there and has no values. */
const EMPTY_LISTS: Readonly<Record<number, Uint8Array>> = {
  [DataType.bool]: emptyMember(1),
  [DataType.int8]: emptyMember(2),
  [DataType.int16]: emptyMember(2),
  [DataType.int32]: emptyMember(2),
  [DataType.int64]: emptyMember(3),
  [DataType.float]: emptyMember(4),
  [DataType.double]: emptyMember(5),
  [DataType.varChar]: emptyMember(6),
};

/**
 * A column of a query's answer, as it can be written.
 *
 * @throws CdcError RECORD_UNREADABLE
 */
export function queriedColumn(bytes: Uint8Array): Column {
  try {
    const { type, fieldName: name } = fromBinary(FieldHeaderSchema, bytes, { readUnknownFields: false });
    return { name, type, bytes: type === DataType.array ? withTypedLists(bytes) : bytes };
  } catch (error) {
    throw new CdcError("RECORD_UNREADABLE", "a column of the source's answer cannot be read", {
      cause: error,
    });
  }
}

/** Queries show empty arrays without their type, and a Milvus 2.3.5 that is to write such a one crashes. */
function withTypedLists(bytes: Uint8Array): Uint8Array {
  const field = fromBinary(FieldRowsSchema, bytes);
  const data = field.scalars?.data;
  if (data?.case !== "arrayData" || data.value.data.every(({ length }) => length > 0)) return bytes;
  const empty = EMPTY_LISTS[data.value.elementType];
  if (empty === undefined) throw new Error(`arrays of type ${data.value.elementType} are not known`);
  data.value.data = data.value.data.map((list) => (list.length > 0 ? list : empty));
  return toBinary(FieldRowsSchema, field);
}

function emptyMember(number: number): Uint8Array {
  return Uint8Array.of((number << 3) | 2, 0);
}
