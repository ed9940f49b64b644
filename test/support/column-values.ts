import fc from "fast-check";
import { DataType } from "../../src/milvus/data-type.js";
import { vectorRowBytes, type Value } from "./engine-field-data.js";

const int = (bits: number): fc.Arbitrary<Value> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const hex = (type: number): fc.Arbitrary<Value> => {
  const length = vectorRowBytes(type) ?? 0;
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => Buffer.from(bytes).toString("hex"));
};
/** One column of every type, by its name. */
export const COLUMN_VALUES: Readonly<Record<string, readonly [type: number, value: fc.Arbitrary<Value>]>> = {
  id: [DataType.int64, int64],
  bool: [DataType.bool, fc.boolean()],
  int8: [DataType.int8, int(8)],
  int16: [DataType.int16, int(16)],
  int32: [DataType.int32, int(32)],
  float: [DataType.float, fc.float({ noNaN: true })],
  double: [DataType.double, fc.double({ noNaN: true })],
  text: [DataType.varChar, fc.string({ unit: "grapheme" })],
  json: [DataType.json, fc.json()],
  $meta: [DataType.json, fc.json()],
  array: [DataType.array, fc.array(int64, { maxLength: 3 })],
  binary: [DataType.binaryVector, hex(DataType.binaryVector)],
  vector: [DataType.floatVector, hex(DataType.floatVector)],
  float16: [DataType.float16Vector, hex(DataType.float16Vector)],
  bfloat16: [DataType.bfloat16Vector, hex(DataType.bfloat16Vector)],
  int8vector: [DataType.int8Vector, hex(DataType.int8Vector)],
};
