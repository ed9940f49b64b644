import type { CdcError } from "../model/errors.js";
import type { BlockedRecord } from "../model/blocked-record.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { SkippedCount } from "../model/skipped.js";
import type { TaskEvent } from "../model/task-event.js";
import type { TaskRecord } from "../model/task.js";

/** A failure that is being retried. */
export interface RetryInfo {
  readonly error: CdcError;
  /** Tries so far, the first one included. */
  readonly attempts: number;
  /** When the first of them failed, by `performance.now()`, which no step of a clock can move. */
  readonly sinceMs: number;
  readonly failedAtMs: number;
  readonly nextTryAtMs: number;
}

export type CollectionPhase = "waiting" | "snapshot" | "streaming" | "blocked";

/** How the copy of a collection's existing rows is going. */
export interface CopyView {
  readonly copiedRows: bigint;
  /** As counted when the copy began; undefined before. */
  readonly totalRows: bigint | undefined;
  readonly rowsPerSecond: number;
  /** Undefined while nothing can be said. */
  readonly estimatedEndMs: number | undefined;
}

export interface CollectionView {
  readonly collection: ReplicatedCollection;
  readonly phase: CollectionPhase;
  readonly reason?: string | undefined;
  readonly lagMs?: number | undefined;
  /** While existing rows are being copied. */
  readonly copy?: CopyView | undefined;
  /** Records and objects that could not be replicated, by reason. */
  readonly skipped: readonly SkippedCount[];
  /** The record that it cannot pass. */
  readonly blockedRecord?: BlockedRecord | undefined;
}

export type TaskStatus = "starting" | "idle" | "flowing" | "retrying" | "stalled" | "disconnected";

/** What is seen of a running task; never persisted. */
export interface TaskObservation {
  readonly status: TaskStatus;
  /** Now minus the time of the last tick that is durable on the target. */
  readonly lagMs?: number | undefined;
  readonly insertedRows: bigint;
  readonly deletedKeys: bigint;
  readonly upsertedRows: bigint;
  readonly retry?: RetryInfo | undefined;
  /** Records that could not be replicated, by reason. */
  readonly skipped: readonly SkippedCount[];
  /** Differences of structure, and bulk imports, that no record told of, and that were made up for. */
  readonly healed: bigint;
  /** Records of the log that are not durable on the target; undefined before the first look. */
  readonly backlogRecords?: bigint | undefined;
  readonly rowsPerSecond: number;
  readonly bytesPerSecond: number;
  /** How long the log will still hold the oldest position that the task needs, in ms; undefined when not known. */
  readonly retentionMarginMs?: number | undefined;
  /** What keeps the target from being equal, or may do so soon, and what to do about it; in sentences. */
  readonly problems: readonly string[];
  readonly collections: readonly CollectionView[];
}

/** A task as users see it. */
export interface TaskView {
  readonly task: TaskRecord;
  /** Absent while the task does not run. */
  readonly observation?: TaskObservation | undefined;
  /** Oldest first; undefined where it was not asked for. */
  readonly history?: readonly TaskEvent[] | undefined;
}
