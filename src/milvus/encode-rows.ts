import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A column, serialized FieldData, in pieces that belong end to end. */
export type ColumnPieces = readonly Uint8Array[];

/** Rows of one request. */
export interface RowsRequest {
  readonly database: string;
  readonly collection: string;
  /** Empty lets the server choose: by partition key, or the default partition. */
  readonly partition: string;
  readonly columns: readonly ColumnPieces[];
  readonly rows: number;
}

/** Numbers of the fields of Milvus's InsertRequest and UpsertRequest. */
const DB_NAME = 2;
const COLLECTION_NAME = 3;
const PARTITION_NAME = 4;
const FIELDS_DATA = 5;
const NUM_ROWS = 7;

/**
 * The bytes of an InsertRequest or UpsertRequest. Written once, into a buffer of their size: the generated
 * code would copy megabytes three times over, and each large buffer brings the next garbage collection closer.
 */
export function encodeRows({ database, collection, partition, columns, rows }: RowsRequest): Buffer {
  const names = [
    [DB_NAME, database],
    [COLLECTION_NAME, collection],
    [PARTITION_NAME, partition],
  ] as const;
  const pieces = [
    ...names.flatMap(([field, text]) => (text === "" ? [] : delimited(field, [Buffer.from(text)]))),
    ...columns.flatMap((column) => delimited(FIELDS_DATA, column)),
    ...(rows === 0 ? [] : [number(NUM_ROWS, WireType.Varint, rows)]),
  ];
  return Buffer.concat(pieces);
}

/** A field's tag and length, and its content as it is. */
function delimited(field: number, content: ColumnPieces): Uint8Array[] {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [number(field, WireType.LengthDelimited, length), ...content];
}

/** A field's tag, and its value or length. */
function number(field: number, type: WireType, value: number): Uint8Array {
  return new BinaryWriter().tag(field, type).uint32(value).finish();
}
