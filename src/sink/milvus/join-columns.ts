import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FieldValuesSchema, type VectorField } from "#gen/milvus/wire/v1/schema_pb.js";
import type { Column, RowInsert } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import { DataType } from "../../milvus/data-type.js";
import type { ColumnPieces } from "../../milvus/encode-rows.js";

type FixedVector = "binaryVector" | "float16Vector" | "bfloat16Vector" | "int8Vector";

/** Vectors whose rows lie in one `bytes` value: concatenated messages would keep the last one only. */
const FIXED_VECTORS: Readonly<Record<number, FixedVector>> = {
  [DataType.binaryVector]: "binaryVector",
  [DataType.float16Vector]: "float16Vector",
  [DataType.bfloat16Vector]: "bfloat16Vector",
  [DataType.int8Vector]: "int8Vector",
};

/** Types whose serialized columns are known to join by concatenation: their values are repeated fields. */
const CONCATENATED: readonly number[] = [
  DataType.bool,
  DataType.int8,
  DataType.int16,
  DataType.int32,
  DataType.int64,
  DataType.float,
  DataType.double,
  DataType.varChar,
  DataType.array,
  DataType.json,
  DataType.floatVector,
];

/** Whether the rows of both may go into one request: the same columns, of types that can be joined. */
export function canJoin(a: RowInsert, b: RowInsert): boolean {
  return (
    a.columns.length === b.columns.length &&
    a.columns.every(
      ({ name, type }) => isJoinable(type) && b.columns.some((c) => c.name === name && c.type === type),
    )
  );
}

/**
 * The columns of several inserts, in the order of the first; the pieces of each belong end to end. Values stay
 * opaque, and nearly all of them where they are.
 *
 * @throws CdcError RECORD_UNREADABLE when a column of vectors is malformed
 */
export function joinColumns(inserts: readonly RowInsert[]): ColumnPieces[] {
  const first = inserts[0];
  if (first === undefined) return [];
  if (inserts.length === 1) return first.columns.map(({ bytes }) => [bytes]);
  return first.columns.map((column) => joinColumn(column, inserts));
}

function isJoinable(type: number): boolean {
  return CONCATENATED.includes(type) || type in FIXED_VECTORS;
}

function joinColumn({ name, type }: Column, inserts: readonly RowInsert[]): ColumnPieces {
  const parts = inserts.flatMap(({ columns }) => columns.filter((column) => column.name === name));
  const bytes = parts.map((part) => part.bytes);
  const vector = FIXED_VECTORS[type];
  if (vector === undefined) return bytes;
  try {
    return [joinFixedVectors(vector, bytes)];
  } catch (cause) {
    throw new CdcError("RECORD_UNREADABLE", `the vectors of column ${name} cannot be read`, { cause });
  }
}

function joinFixedVectors(kind: FixedVector, parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = parts.map((part) => fromBinary(FieldValuesSchema, part));
  if (first?.vectors === undefined) return new Uint8Array();
  const rows = [first, ...others].map(({ vectors }) => bytesOf(vectors));
  first.vectors.data = { case: kind, value: Buffer.concat(rows) };
  return toBinary(FieldValuesSchema, first);
}

function bytesOf(vectors: VectorField | undefined): Uint8Array {
  return vectors?.data.value ?? new Uint8Array();
}
