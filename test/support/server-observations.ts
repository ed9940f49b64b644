import type { TaskObservation } from "../../src/engine/task-view.js";
import { CdcError } from "../../src/model/errors.js";

/** What a running task that cannot reach its target looks like. */
export function retryingObservation(message: string): TaskObservation {
  return {
    status: "retrying",
    lagMs: 1234.6,
    insertedRows: 9007199254740993n,
    deletedKeys: 2n,
    upsertedRows: 3n,
    retry: {
      error: new CdcError("TARGET_UNAVAILABLE", message),
      attempts: 3,
      failedAtMs: 1_700_000_000_000,
      nextTryAtMs: 1_700_000_005_000,
    },
    skipped: new Map([["bulk import", 4n]]),
    collections: [
      {
        collection: {
          id: 450_000_000_000_000_001n,
          source: { database: "default", name: "a" },
          target: { database: "copy", name: "b" },
          description: new Uint8Array(),
          channels: ["by-dev-rootcoord-dml_0"],
          createdTs: 0n,
          barrierTs: 0n,
          partitions: new Map(),
        },
        phase: "blocked",
        reason: "the target has another schema",
        lagMs: -5,
      },
    ],
  };
}
