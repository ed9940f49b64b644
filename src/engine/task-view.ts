import type { CdcError } from "../model/errors.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { TaskRecord } from "../model/task.js";

/** A failure that is being retried. */
export interface RetryInfo {
  readonly error: CdcError;
  /** Tries so far, the first one included. */
  readonly attempts: number;
  readonly failedAtMs: number;
  readonly nextTryAtMs: number;
}

export type CollectionPhase = "waiting" | "streaming" | "blocked";

export interface CollectionView {
  readonly collection: ReplicatedCollection;
  readonly phase: CollectionPhase;
  readonly reason?: string | undefined;
  readonly lagMs?: number | undefined;
}

/** What is seen of a running task; never persisted. */
export interface TaskObservation {
  readonly status: "starting" | "idle" | "flowing" | "retrying";
  /** Now minus the time of the last tick that is durable on the target. */
  readonly lagMs?: number | undefined;
  readonly insertedRows: bigint;
  readonly deletedKeys: bigint;
  readonly upsertedRows: bigint;
  readonly retry?: RetryInfo | undefined;
  /** Records that could not be replicated, by reason. */
  readonly skipped: ReadonlyMap<string, bigint>;
  readonly collections: readonly CollectionView[];
}

/** A task as users see it. */
export interface TaskView {
  readonly task: TaskRecord;
  /** Absent while the task does not run. */
  readonly observation?: TaskObservation | undefined;
}
