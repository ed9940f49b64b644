import type { PrimaryKeys, RowInsert } from "../../src/model/change-event.js";

/** Rows of a fake collection: a key, and a text for all the rest. */
export type Rows = ReadonlyMap<bigint, string>;

export interface InsertInit {
  readonly ts: bigint;
  readonly collectionId: bigint;
  readonly partition: string;
  readonly partitionId?: bigint;
  readonly rows: Rows;
  readonly sizeBytes?: number;
  readonly isUpsertHalf?: boolean;
}

/** An insert whose only column holds its rows in a form of the tests. */
export function insertOf({
  rows,
  sizeBytes = 10,
  partitionId = 0n,
  isUpsertHalf = false,
  ...rest
}: InsertInit): RowInsert {
  const bytes = Buffer.from(JSON.stringify([...rows].map(([key, value]) => [key.toString(), value])));
  return {
    kind: "insert",
    ...rest,
    partitionId,
    rows: rows.size,
    columns: [{ name: "rows", type: 0, bytes }],
    sizeBytes,
    isUpsertHalf,
  };
}

export function rowsOf({ columns }: RowInsert): Rows {
  const pairs = JSON.parse(Buffer.from(columns[0]?.bytes ?? []).toString()) as [string, string][];
  return new Map(pairs.map(([key, value]) => [BigInt(key), value]));
}

export function keysOfRows(insert: RowInsert): PrimaryKeys {
  return [...rowsOf(insert).keys()];
}
