import type { RowWrite } from "../sink/applier.js";

/** What a task has done since it was started. */
export class TaskCounters {
  insertedRows = 0n;
  deletedKeys = 0n;
  upsertedRows = 0n;
  /** When rows were last written, in ms since 1970. */
  lastWriteAtMs = 0;
  readonly #skipped = new Map<string, bigint>();

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

  skipped(reason: string): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0n) + 1n);
  }

  get skippedByReason(): ReadonlyMap<string, bigint> {
    return new Map(this.#skipped);
  }
}
