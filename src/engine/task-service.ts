import type { BlockedRecord } from "../model/blocked-record.js";
import type { TaskId } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";
import type { TaskSpec } from "../model/task.js";
import type { VerifyOptions, VerifyUpdate } from "../model/verification.js";
import type { SwitchoverOptions, SwitchoverUpdate } from "./switchover.js";
import type { TaskPreview } from "./task-preview.js";
import type { TaskSample } from "./task-samples.js";
import type { TaskView } from "./task-view.js";

export interface CreateOptions {
  /** Chosen by the client; creating twice with one id creates once and answers the same id. */
  readonly taskId?: TaskId | undefined;
  /** Leaves the task in state Initial. */
  readonly disableAutoStart?: boolean | undefined;
}

export interface ResumeOptions {
  /** Makes the target equal to what the source holds now and goes on from there, instead of from the checkpoint. */
  readonly resnapshot?: boolean | undefined;
  /** Gives up the records that block collections; a running task takes that too. */
  readonly skipBlockedRecord?: boolean | undefined;
}

/**
 * The six actions on tasks, and looks at positions and blocked records: what servers offer to
 * users. Actions on one task are carried out one after the other.
 *
 * @throws CdcError TASK_NOT_FOUND, TASK_STATE_CONFLICT, UNAVAILABLE (the service stops)
 */
export interface TaskService {
  /**
   * Reaches the target once, notes where the log ends, then remembers the task and starts it.
   *
   * @throws CdcError INVALID_ARGUMENT, TARGET_UNREACHABLE; no task was made
   */
  create(spec: TaskSpec, options: CreateOptions, signal: AbortSignal): Promise<TaskId>;
  /**
   * What `create` would do; nothing is remembered.
   *
   * @throws CdcError INVALID_ARGUMENT, TARGET_UNREACHABLE, and of a side that does not answer
   */
  preview(spec: TaskSpec, signal: AbortSignal): Promise<TaskPreview>;
  /** Oldest first. */
  list(): Promise<readonly TaskView[]>;
  /** With its history. */
  get(id: TaskId): Promise<TaskView>;
  /** Resolves when what was in flight is durable and the task has stopped. */
  pause(id: TaskId): Promise<void>;
  resume(id: TaskId, options?: ResumeOptions): Promise<void>;
  delete(id: TaskId): Promise<void>;
  positions(id: TaskId): Promise<readonly ChannelProgress[]>;
  /** How it was doing in the last hour, as far as it ran, oldest first. */
  samples(id: TaskId): Promise<readonly TaskSample[]>;
  /**
   * Compares both sides of a task that runs or not, and tells what it finds; ends with the result. One at a time for each task.
   *
   * @throws CdcError also of a side that does not answer
   */
  verify(id: TaskId, options: VerifyOptions, signal: AbortSignal): AsyncIterable<VerifyUpdate>;
  /**
   * Waits until the target has what the source has, compares both, and pauses the task when they are equal.
   *
   * @throws CdcError TASK_STATE_CONFLICT, and of a side that does not answer
   */
  switchOver(id: TaskId, options: SwitchoverOptions, signal: AbortSignal): AsyncIterable<SwitchoverUpdate>;
  /** In the order in which they were met, skipped ones among them. */
  blockedRecords(id: TaskId): Promise<readonly BlockedRecord[]>;
}
