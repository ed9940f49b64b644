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
  /** When rows were last written, in ms since 1970. */
  lastWriteAtMs = 0;
  readonly #skipped = new SkippedCounts();

  wrote(write: RowWrite): void {
    this.lastWriteAtMs = Date.now();
    if (write.kind === "delete") {
      for (const { keys } of write.deletes) this.deletedKeys += BigInt(keys.length);
      return;
    }
    const rows = BigInt(write.inserts.reduce((sum, insert) => sum + insert.rows, 0));
    if (write.kind === "insert") this.insertedRows += rows;
    else this.upsertedRows += rows;
  }

  skipped(reason: SkippedReason, records = 1): void {
    this.#skipped.add(reason, records);
  }

  get skippedByReason(): readonly SkippedCount[] {
    return this.#skipped.all;
  }
}
