import type { ColumnPieces } from "../../milvus/encode-rows.js";
import type { RowInsert } from "../../model/change-event.js";
import { canJoin, joinColumns } from "./join-columns.js";

/** Messages of the log are up to 5 MiB, so less would merge nothing; more gains no speed and costs memory. */
const MAX_REQUEST_BYTES = 8 << 20;

/** Columns of one request, with the rows of one or more inserts. */
export interface PackedRows {
  /** Makes them anew with each call: those of requests that wait for their turn take no memory. */
  readonly join: () => readonly ColumnPieces[];
  readonly rows: number;
  readonly sizeBytes: number;
}

/** Merges consecutive inserts of one partition into as few requests as their sizes and columns allow. */
export function packInserts(inserts: readonly RowInsert[], maxBytes = MAX_REQUEST_BYTES): PackedRows[] {
  const packs: RowInsert[][] = [];
  let bytes = 0;
  for (const insert of inserts) {
    const pack = packs.at(-1);
    const first = pack?.[0];
    if (
      pack !== undefined &&
      first !== undefined &&
      bytes + insert.sizeBytes <= maxBytes &&
      canJoin(first, insert)
    ) {
      pack.push(insert);
      bytes += insert.sizeBytes;
    } else {
      packs.push([insert]);
      bytes = insert.sizeBytes;
    }
  }
  return packs.map((pack) => ({
    join: () => joinColumns(pack),
    rows: pack.reduce((sum, { rows }) => sum + rows, 0),
    sizeBytes: pack.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }));
}
