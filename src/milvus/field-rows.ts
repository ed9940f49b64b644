import type { FieldRows, ScalarRows, VectorRows } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "./data-type.js";

/** The values of a column, one by one, and a way to put others in their place. */
export interface RowValues {
  readonly list: readonly Uint8Array[];
  replace(list: Uint8Array[]): void;
}

type ScalarKind = NonNullable<ScalarRows["data"]["case"]>;
type VectorKind = NonNullable<VectorRows["data"]["case"]>;

/** Where the values of a column lie, by its type. */
const KINDS: Readonly<Record<number, ScalarKind | VectorKind>> = {
  [DataType.bool]: "boolData",
  [DataType.int8]: "intData",
  [DataType.int16]: "intData",
  [DataType.int32]: "intData",
  [DataType.int64]: "longData",
  [DataType.float]: "floatData",
  [DataType.double]: "doubleData",
  [DataType.varChar]: "stringData",
  [DataType.array]: "arrayData",
  [DataType.json]: "jsonData",
  [DataType.binaryVector]: "binaryVector",
  [DataType.floatVector]: "floatVector",
  [DataType.float16Vector]: "float16Vector",
  [DataType.bfloat16Vector]: "bfloat16Vector",
  [DataType.sparseFloatVector]: "sparseFloatVector",
  [DataType.int8Vector]: "int8Vector",
};

/** Bytes of one dimension of a vector. */
const DIMENSION_BYTES = { binaryVector: 1 / 8, float16Vector: 2, bfloat16Vector: 2, int8Vector: 1 } as const;

/** @throws Error when the type is not known, or the values are not of this type */
export function fieldRows({ scalars, vectors }: FieldRows, type: number): RowValues {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error("the type is not known");
  const found = scalars?.data.case ?? vectors?.data.case;
  if (found !== undefined && found !== kind) throw new Error(`it has ${found}`);
  if (scalars !== undefined) return scalarRows(scalars);
  return vectors === undefined ? NONE : vectorRows(vectors);
}

const NONE: RowValues = { list: [], replace: () => undefined };

function scalarRows({ data }: ScalarRows): RowValues {
  switch (data.case) {
    case undefined:
      return NONE;
    case "boolData":
    case "intData":
    case "longData":
      return packed(data.value, varints);
    case "floatData":
      return packed(data.value, (bytes) => fixedWidth(bytes, 4));
    case "doubleData":
      return packed(data.value, (bytes) => fixedWidth(bytes, 8));
    case "stringData":
    case "bytesData":
    case "arrayData":
    case "jsonData": {
      const { value } = data;
      return { list: value.data, replace: (list) => (value.data = list) };
    }
  }
}

function vectorRows({ data, dim }: VectorRows): RowValues {
  switch (data.case) {
    case undefined:
      return NONE;
    case "floatVector":
      return packed(data.value, (bytes) => fixedWidth(bytes, Number(dim) * 4));
    case "sparseFloatVector": {
      const { value } = data;
      return { list: value.contents, replace: (list) => (value.contents = list) };
    }
    case "binaryVector":
    case "float16Vector":
    case "bfloat16Vector":
    case "int8Vector": {
      const list = fixedWidth(data.value, Number(dim) * DIMENSION_BYTES[data.case]);
      return { list, replace: (chosen) => (data.value = Buffer.concat(chosen)) };
    }
  }
}

/** Numbers without anything between them, in one piece or several. */
function packed(
  value: { data: Uint8Array[] },
  split: (bytes: Uint8Array) => readonly Uint8Array[],
): RowValues {
  const [first = new Uint8Array(), ...others] = value.data;
  const list = split(others.length === 0 ? first : Buffer.concat(value.data));
  return { list, replace: (chosen) => (value.data = [Buffer.concat(chosen)]) };
}

/** The last byte of each has its highest bit clear. */
function varints(bytes: Uint8Array): readonly Uint8Array[] {
  const list: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] ?? 0) >= 0x80) continue;
    list.push(bytes.subarray(start, i + 1));
    start = i + 1;
  }
  if (start < bytes.length) throw new Error("its last number is cut off");
  return list;
}

function fixedWidth(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const count = bytes.length / width;
  if (!Number.isInteger(count)) throw new Error(`its ${bytes.length} bytes are no rows of ${width} each`);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * width, (i + 1) * width));
}
