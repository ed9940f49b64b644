import type { CollectionView, TaskObservation } from "../../src/engine/task-view.js";
import { CdcError } from "../../src/model/errors.js";
import { NEW_COPY } from "../../src/model/row-copy.js";

const IMPORT = { text: "bulk import", remedy: "Copy the rows." };

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
      sinceMs: 1_699_999_990_000,
      failedAtMs: 1_700_000_000_000,
      nextTryAtMs: 1_700_000_005_000,
    },
    skipped: [{ reason: IMPORT, records: 4n }],
    healed: 6n,
    backlogRecords: 9007199254740993n,
    rowsPerSecond: 1234.56,
    bytesPerSecond: 98_765.43,
    retentionMarginMs: 3_600_000.4,
    problems: ["user ada is missing on the target"],
    collections: [
      { ...view("a"), phase: "blocked", reason: "the target has another schema", lagMs: -5 },
      {
        ...view("c"),
        phase: "snapshot",
        copy: {
          copiedRows: 9007199254740993n,
          totalRows: 9007199254740995n,
          rowsPerSecond: 1234.56,
          estimatedEndMs: 1_700_000_000_000.5,
        },
        skipped: [{ reason: IMPORT, records: 3n }],
      },
      {
        ...view("d"),
        phase: "snapshot",
        copy: { copiedRows: 0n, totalRows: undefined, rowsPerSecond: 0, estimatedEndMs: undefined },
      },
    ],
  };
}

function view(name: string): Pick<CollectionView, "collection" | "skipped"> {
  return {
    collection: {
      id: 450_000_000_000_000_001n,
      source: { database: "default", name },
      target: { database: "copy", name: "b" },
      formerTarget: undefined,
      description: new Uint8Array(),
      channels: ["by-dev-rootcoord-dml_0"],
      createdTs: 0n,
      barrierTs: 0n,
      onlyPartitions: undefined,
      partitions: new Map(),
      isMerged: false,
      copy: NEW_COPY,
      imports: new Set(),
      structure: undefined,
    },
    skipped: [],
  };
}
