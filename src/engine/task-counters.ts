import type { RowDelete, RowInsert } from "../model/change-event.js";
import type { SkippedCount, SkippedReason } from "../model/skipped.js";
import type { RowWrite } from "../sink/applier.js";
import { SkippedCounts } from "./skipped-counts.js";

/** What a task has done since it was started. */
export class TaskCounters {
  insertedRows = 0n;
  deletedKeys = 0n;
  upsertedRows = 0n;
  /** Steps that made up for differences of structure, and bulk imports, that no record told of. */
  healed = 0n;
  /** Rows and keys, of all kinds. */
  writtenRows = 0n;
  /** As the log holds them. */
  writtenBytes = 0;
  /** When rows were last written, by `performance.now()`. */
  lastWriteAtMs = -Infinity;
  readonly #skipped = new SkippedCounts();

  wrote(write: RowWrite): void {
    this.lastWriteAtMs = performance.now();
    const events = write.kind === "delete" ? write.deletes : write.inserts;
    const rows = BigInt(events.reduce((sum, event) => sum + rowsOf(event), 0));
    this.writtenRows += rows;
    this.writtenBytes += events.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (write.kind === "delete") this.deletedKeys += rows;
    else if (write.kind === "insert") this.insertedRows += rows;
    else this.upsertedRows += rows;
  }

  skipped(reason: SkippedReason, records = 1): void {
    this.#skipped.add(reason, records);
  }

  get skippedByReason(): readonly SkippedCount[] {
    return this.#skipped.all;
  }
}

function rowsOf(event: RowInsert | RowDelete): number {
  return event.kind === "delete" ? event.keys.length : event.rows;
}
