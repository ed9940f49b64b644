import { fromBinary } from "@bufbuild/protobuf";
import { FieldRowsSchema, ScalarRowsSchema, type FieldRows } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../milvus/data-type.js";
import { fieldRows } from "../milvus/field-rows.js";
import type { Column } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import { canonicalJson } from "./canonical-json.js";

/** The values of one column, row by row, as their bytes: numbers and vectors are not decoded. */
export class ColumnReader {
  readonly #column: Column;
  readonly #field: FieldRows;
  readonly #values: readonly Uint8Array[];
  /** Where the value of each row is; undefined when every row has one. */
  readonly #places: readonly (number | undefined)[] | undefined;

  /** @throws CdcError RECORD_UNREADABLE */
  constructor(column: Column) {
    this.#column = column;
    try {
      this.#field = fromBinary(FieldRowsSchema, column.bytes);
      this.#values = fieldRows(this.#field, column.type).list;
      this.#places = placesOf(this.#field.validData, this.#values.length);
    } catch (error) {
      throw unreadable(column, error);
    }
  }

  /** Undefined for a row without a value. */
  at(row: number): Uint8Array | undefined {
    if (this.#places === undefined) return this.#values[row];
    const place = this.#places[row];
    return place === undefined ? undefined : this.#values[place];
  }

  /** One form of all that mean the same value: JSON however it is written, lists however they are packed. */
  canonical(row: number): Uint8Array | undefined {
    const value = this.at(row);
    if (value === undefined) return undefined;
    if (this.#column.type === DataType.json) return canonicalJsonBytes(value);
    return this.#column.type === DataType.array ? this.#canonicalList(value) : value;
  }

  #canonicalList(value: Uint8Array): Uint8Array {
    const data = this.#field.scalars?.data;
    const elementType = data?.case === "arrayData" ? data.value.elementType : 0;
    try {
      const { list } = fieldRows({ scalars: fromBinary(ScalarRowsSchema, value) } as FieldRows, elementType);
      return joined(list);
    } catch (error) {
      throw unreadable(this.#column, error);
    }
  }
}

/** Each part after its length, so that no two lists of parts give the same bytes. */
export function joined(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeInt32LE(part?.length ?? -1);
      return part === undefined ? [length] : [length, part];
    }),
  );
}

function canonicalJsonBytes(value: Uint8Array): Uint8Array {
  const canonical = canonicalJson(Buffer.from(value).toString("utf8"));
  return canonical === undefined ? value : Buffer.from(canonical);
}

/** A nullable column may leave out the values of rows without one, or keep a place for them. */
function placesOf(valid: readonly boolean[], values: number): readonly (number | undefined)[] | undefined {
  if (valid.length === 0) return undefined;
  const hasAllPlaces = values >= valid.length;
  let next = 0;
  return valid.map((isValid, row) => {
    if (!isValid) return undefined;
    return hasAllPlaces ? row : next++;
  });
}

function unreadable({ name, type }: Column, cause: unknown): CdcError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new CdcError("RECORD_UNREADABLE", `column ${name} (type ${type}) cannot be compared: ${text}`, {
    cause,
  });
}
