import * as z from "zod";
import type { RowCopy } from "../../model/row-copy.js";

/** JSON has no bigint: an int64 is told from text by its field. */
const cursor = z
  .object({
    partition: z.string(),
    partition_id: z.string().transform(BigInt),
    int_key: z.string().transform(BigInt).optional(),
    text_key: z.string().optional(),
    is_done: z.boolean(),
  })
  .transform(
    (row) =>
      [
        row.partition,
        { partitionId: row.partition_id, lastKey: row.int_key ?? row.text_key, isDone: row.is_done },
      ] as const,
  );

/** The column `copy` of `collections`. */
export const rowCopy: z.ZodType<RowCopy> = z
  .object({
    is_done: z.boolean(),
    is_replacing: z.boolean(),
    partitions: z.array(z.string()).optional(),
    total_rows: z.string().transform(BigInt).optional(),
    copied_rows: z.string().transform(BigInt),
    cursors: z.array(cursor),
    loaded_partitions: z.array(z.string()),
  })
  .transform((row) => ({
    isDone: row.is_done,
    isReplacing: row.is_replacing,
    partitions: row.partitions && new Set(row.partitions),
    totalRows: row.total_rows,
    copiedRows: row.copied_rows,
    cursors: new Map(row.cursors),
    loadedPartitions: row.loaded_partitions,
  }));

export function rowCopyToJson(copy: RowCopy): string {
  return JSON.stringify({
    is_done: copy.isDone,
    is_replacing: copy.isReplacing,
    partitions: copy.partitions && [...copy.partitions],
    total_rows: copy.totalRows?.toString(),
    copied_rows: copy.copiedRows.toString(),
    cursors: [...copy.cursors].map(([partition, { partitionId, lastKey, isDone }]) => ({
      partition,
      partition_id: partitionId.toString(),
      ...(typeof lastKey === "bigint" ? { int_key: lastKey.toString() } : { text_key: lastKey }),
      is_done: isDone,
    })),
    loaded_partitions: copy.loadedPartitions,
  });
}
