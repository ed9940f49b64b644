import type { Column, PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { CollectionId, HybridTs } from "../model/ids.js";
import type { SourcePartition } from "../source/row-source.js";
import type { LaneDeps } from "./lane-deps.js";

/** Rows that were read from the source's collection, instead of from its log. */
export interface CopiedRows {
  readonly partition: Pick<SourcePartition, "name" | "id">;
  readonly columns: readonly Column[];
  readonly keys: PrimaryKeys;
  readonly sizeBytes: number;
  /** They show nothing later than this. */
  readonly until: HybridTs;
}

/** The same, as an insert of the log would bring them. */
export function insertOfCopied(
  { partition, columns, keys, sizeBytes, until }: CopiedRows,
  collectionId: CollectionId,
): RowInsert {
  return {
    kind: "insert",
    ts: until,
    collectionId,
    partition: partition.name,
    partitionId: partition.id,
    rows: keys.length,
    columns,
    sizeBytes,
    isUpsertHalf: false,
  };
}

/** An insert of these keys without the rows that the stream has written since; none when that leaves none. */
export function withoutNewer(
  insert: RowInsert,
  keys: PrimaryKeys,
  newer: ReadonlySet<bigint | string>,
  selectRows: LaneDeps["selectRows"],
): readonly RowInsert[] {
  const rows = [...keys.keys()].filter((i) => !newer.has(keys[i] ?? ""));
  if (rows.length === 0) return [];
  if (rows.length === insert.rows) return [insert];
  return [{ ...insert, columns: selectRows(insert.columns, rows), rows: rows.length }];
}
