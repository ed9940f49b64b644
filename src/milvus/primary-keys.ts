import { fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { FieldValuesSchema, IDsSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import type { Column, PrimaryKeys, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";

const OPTIONS = { readUnknownFields: false } as const;

/** The keys of a serialized IDs message. */
export function decodeKeys(ids: Uint8Array): PrimaryKeys {
  const { idField } = read(IDsSchema, ids);
  if (idField.case === undefined) return [];
  return idField.value.data;
}

/**
 * The keys of an insert: the only values of a row that are ever decoded.
 *
 * @throws CdcError RECORD_UNREADABLE when the key column is missing, not of a key's type, or not of the insert's length
 */
export function keysOfInsert({ columns, rows }: RowInsert, keyField: string): PrimaryKeys {
  const column = columns.find(({ name }) => name === keyField);
  if (column === undefined)
    throw new CdcError("RECORD_UNREADABLE", `the insert has no column of its key ${keyField}`);
  const keys = keysOfColumn(column);
  if (keys.length !== rows)
    throw new CdcError("RECORD_UNREADABLE", `the insert says ${rows} rows and has ${keys.length} keys`);
  return keys;
}

/** @throws CdcError RECORD_UNREADABLE when the column is not of a key's type */
export function keysOfColumn({ name, bytes }: Column): PrimaryKeys {
  const data = read(FieldValuesSchema, bytes).scalars?.data;
  if (data?.case === undefined)
    throw new CdcError("RECORD_UNREADABLE", `the key column ${name} is neither int64 nor text`);
  return data.value.data;
}

function read<S extends DescMessage>(schema: S, bytes: Uint8Array): MessageShape<S> {
  try {
    return fromBinary(schema, bytes, OPTIONS);
  } catch (error) {
    throw new CdcError("RECORD_UNREADABLE", "the keys of a record cannot be read", { cause: error });
  }
}
