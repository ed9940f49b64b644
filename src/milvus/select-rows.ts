import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FieldRowsSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import type { Column } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import { fieldRows } from "./field-rows.js";

/**
 * Chosen rows of serialized columns, by their indexes. Values are copied as they are, never decoded.
 *
 * @throws CdcError RECORD_UNREADABLE for a column of a type that is not known, or that lacks one of the rows
 */
export function selectRows(columns: readonly Column[], rows: readonly number[]): Column[] {
  return columns.map((column) => ({ ...column, bytes: selectOf(column, rows) }));
}

function selectOf({ name, type, bytes }: Column, rows: readonly number[]): Uint8Array {
  try {
    const field = fromBinary(FieldRowsSchema, bytes);
    const values = fieldRows(field, type);
    const places = placesOf(rows, field.validData, values.list.length);
    values.replace(places.map((place) => at(values.list, place)));
    if (field.validData.length > 0) field.validData = rows.map((row) => at(field.validData, row));
    return toBinary(FieldRowsSchema, field);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CdcError(
      "RECORD_UNREADABLE",
      `rows of column ${name} (type ${type}) cannot be told apart: ${text}`,
      {
        cause: error,
      },
    );
  }
}

/** Where the values of rows are: a nullable column may leave out those of rows without one. */
function placesOf(rows: readonly number[], valid: readonly boolean[], values: number): readonly number[] {
  if (values >= valid.length) return rows;
  let next = 0;
  const places = valid.map((isValid) => (isValid ? next++ : undefined));
  return rows.flatMap((row) => at(places, row) ?? []);
}

function at<T>(list: readonly T[], index: number): T {
  if (index < 0 || index >= list.length) throw new Error(`it has ${list.length} rows and no row ${index}`);
  return list[index] as T;
}
