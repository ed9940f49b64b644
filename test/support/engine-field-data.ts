import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DataType } from "../../src/milvus/data-type.js";
import type { Column } from "../../src/model/change-event.js";

/**
 * FieldData as Milvus's own schema defines it, values included: written by hand
 * from the field numbers, so that it shares nothing with what it tests.
 */
export type Value = boolean | number | bigint | string | readonly Value[];

/** Numbers of ScalarField's members, by column type. Arrays hold ScalarFields. */
const SCALAR: Readonly<Record<number, number>> = {
  [DataType.bool]: 1,
  [DataType.int8]: 2,
  [DataType.int16]: 2,
  [DataType.int32]: 2,
  [DataType.int64]: 3,
  [DataType.float]: 4,
  [DataType.double]: 5,
  [DataType.varChar]: 6,
  [DataType.array]: 8,
  [DataType.json]: 9,
};
/** Numbers of VectorField's members, and bytes of a row of `dim` 8. */
const VECTOR: Readonly<Record<number, readonly [member: number, rowBytes: number]>> = {
  [DataType.binaryVector]: [3, 1],
  [DataType.floatVector]: [2, 32],
  [DataType.float16Vector]: [4, 16],
  [DataType.bfloat16Vector]: [5, 16],
  [DataType.int8Vector]: [7, 8],
};
const DIM = 8;
const ARRAY_OF = DataType.int64;

/** Bytes of one row of a vector column; undefined for a scalar column. */
export function vectorRowBytes(type: number): number | undefined {
  return VECTOR[type]?.[1];
}

/** A column; vectors are given as hex text, one for each row. */
export function fieldData(name: string, type: number, values: readonly Value[]): Column {
  const writer = new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(type)
    .tag(2, WireType.LengthDelimited)
    .string(name);
  const vector = VECTOR[type];
  if (vector === undefined) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writeScalars(writer, type, values);
    writer.join();
  } else {
    writer.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(DIM);
    const rows = Buffer.from(values.join(""), "hex");
    writer.tag(vector[0], WireType.LengthDelimited);
    if (type === DataType.floatVector) writer.fork().tag(1, WireType.LengthDelimited).bytes(rows).join();
    else writer.bytes(rows);
    writer.join();
  }
  writer
    .tag(5, WireType.Varint)
    .int64(100n)
    .tag(6, WireType.Varint)
    .bool(name === "$meta");
  return { name, type, bytes: writer.finish() };
}

function writeScalars(writer: BinaryWriter, type: number, values: readonly Value[]): void {
  writer.tag(SCALAR[type] ?? 0, WireType.LengthDelimited).fork();
  if (type === DataType.varChar || type === DataType.json) {
    for (const value of values) writer.tag(1, WireType.LengthDelimited).bytes(Buffer.from(value as string));
  } else if (type === DataType.array) {
    for (const value of values) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writeScalars(writer, ARRAY_OF, value as readonly Value[]);
      writer.join();
    }
    writer.tag(2, WireType.Varint).int32(ARRAY_OF);
  } else {
    writer.tag(1, WireType.LengthDelimited).fork();
    for (const value of values) writeNumber(writer, type, value);
    writer.join();
  }
  writer.join();
}

function writeNumber(writer: BinaryWriter, type: number, value: Value): void {
  if (type === DataType.bool) writer.bool(value as boolean);
  else if (type === DataType.int64) writer.int64(value as bigint);
  else if (type === DataType.float) writer.float(value as number);
  else if (type === DataType.double) writer.double(value as number);
  else writer.int32(value as number);
}

export interface FieldDataRead {
  readonly name: string;
  readonly type: number;
  readonly isDynamic: boolean;
  readonly values: readonly Value[];
}

/** Reads a column as a server does: repeated fields grow, everything else is taken from its last occurrence. */
export function readFieldData(bytes: Uint8Array): FieldDataRead {
  let [name, type, isDynamic] = ["", 0, false];
  const vectors: Vectors = { dim: 0, rows: new Uint8Array() };
  const values: Value[] = [];
  eachField(bytes, (field, reader) => {
    if (field === 1) type = reader.int32();
    else if (field === 2) name = reader.string();
    else if (field === 3) readScalars(reader.bytes(), values);
    else if (field === 4) readVectors(reader.bytes(), vectors);
    else if (field === 6) isDynamic = reader.bool();
    else return false;
    return true;
  });
  const rowBytes = ((vectorRowBytes(type) ?? 0) * vectors.dim) / DIM;
  for (let at = 0; at < vectors.rows.length; at += rowBytes) {
    values.push(Buffer.from(vectors.rows.subarray(at, at + rowBytes)).toString("hex"));
  }
  return { name, type, isDynamic, values };
}

interface Vectors {
  dim: number;
  rows: Uint8Array;
}

/** Floats are a message of their own, whose content grows; every other vector is one value, which is replaced. */
function readVectors(bytes: Uint8Array, vectors: Vectors): void {
  eachField(bytes, (field, reader) => {
    if (field === 1) {
      vectors.dim = Number(reader.int64());
      return true;
    }
    const value = reader.bytes();
    if (field !== 2) vectors.rows = value;
    else {
      eachField(value, (_, floats) => {
        vectors.rows = Buffer.concat([vectors.rows, floats.bytes()]);
        return true;
      });
    }
    return true;
  });
}

function readScalars(bytes: Uint8Array, values: Value[]): void {
  eachField(bytes, (member, outer) => {
    eachField(outer.bytes(), (field, reader) => {
      if (field !== 1) return false;
      if (member === 6 || member === 9) values.push(Buffer.from(reader.bytes()).toString());
      else if (member === 8) {
        const element: Value[] = [];
        readScalars(reader.bytes(), element);
        values.push(element);
      } else {
        const packed = new BinaryReader(reader.bytes());
        while (packed.pos < packed.len) values.push(readNumber(member, packed));
      }
      return true;
    });
    return true;
  });
}

function readNumber(member: number, reader: BinaryReader): Value {
  if (member === 1) return reader.bool();
  if (member === 3) return BigInt(reader.int64());
  if (member === 4) return reader.float();
  return member === 5 ? reader.double() : reader.int32();
}

/** Skips fields that the callback does not take. */
function eachField(bytes: Uint8Array, take: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!take(field, reader)) reader.skip(wireType);
  }
}
