import { CdcError } from "./errors.js";
import type { HybridTs, TaskId } from "./ids.js";
import type { LastVerification } from "./last-verification.js";
import type { NameMapping } from "./name-mapping.js";
import type { CollectionEntry, DatabaseExclusion, DatabaseSelection } from "./selection.js";
import type { StartPosition } from "./start-position.js";
import type { VerifySchedule } from "./verify-schedule.js";

/** The target as the user gave it; kept in this form so that answers show what was asked. */
export interface ConnectParam {
  readonly uri?: string | undefined;
  readonly token?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly enableTls?: boolean | undefined;
  readonly connectTimeoutSeconds?: number | undefined;
  readonly dialConfig?: DialConfig | undefined;
}

export interface DialConfig {
  readonly serverName?: string | undefined;
  readonly serverPemPath?: string | undefined;
  readonly caPemPath?: string | undefined;
  readonly clientPemPath?: string | undefined;
  readonly clientKeyPath?: string | undefined;
}

/** What a user asked for; never changes after creation. */
export interface TaskSpec {
  readonly connectParam: ConnectParam;
  /** See `Selection`. */
  readonly collections: readonly CollectionEntry[];
  readonly databases: DatabaseSelection;
  readonly excluded?: DatabaseExclusion | undefined;
  readonly nameMappings: readonly NameMapping[];
  /** Name of a configured source; `default` when absent. */
  readonly source?: string | undefined;
  readonly start: StartPosition;
  /** Collections that are not loaded on the source may be loaded there to copy their rows. */
  readonly loadForSnapshot: boolean;
  /** Roles, and what they may do, are replicated as well. */
  readonly replicateRbac: boolean;
  /** Rows may go out before their tick; true when absent. */
  readonly earlyApply?: boolean | undefined;
  readonly verifySchedule?: VerifySchedule | undefined;
  /** Which of `start`, `loadForSnapshot` and `replicateRbac` the user gave; answers show no others. */
  readonly given?: readonly ("start" | "loadForSnapshot" | "replicateRbac")[] | undefined;
  /** The source's channel of requests, where the user named it: only a source that calls it so is read. */
  readonly rpcChannel?: string | undefined;
  /** The task that a switch-over paused for this one, which goes the other way; only one of them may run. */
  readonly reverseOf?: TaskId | undefined;
}

export type TaskState = "Initial" | "Running" | "Paused" | "Failed";

/** A task as it is remembered. */
export interface TaskRecord {
  readonly id: TaskId;
  readonly spec: TaskSpec;
  readonly state: TaskState;
  /** Why it is Paused or Failed. */
  readonly reason?: string | undefined;
  readonly createdAtMs: number;
  /** The source's time when the task was created: what was made before has rows that are not in the log from there on. */
  readonly startTs: HybridTs;
  /** Remembered by an action of its own; a change of the task leaves it as it is. */
  readonly lastVerification?: LastVerification | undefined;
  /** Grows by one with each change; a change names the revision it saw. */
  readonly revision: number;
}

export type TaskCommand = "pause" | "resume" | "fail";

const transitions: Record<TaskState, Partial<Record<TaskCommand, TaskState>>> = {
  Initial: { resume: "Running", fail: "Failed" },
  Running: { pause: "Paused", fail: "Failed" },
  Paused: { resume: "Running" },
  Failed: { resume: "Running", pause: "Paused" },
};

/**
 * The state after a command: the only place where states change.
 *
 * @throws CdcError TASK_STATE_CONFLICT when the state does not take the command.
 */
export function transition(task: TaskRecord, command: TaskCommand, reason?: string): TaskRecord {
  const state = transitions[task.state][command];
  if (state === undefined) {
    throw new CdcError("TASK_STATE_CONFLICT", `cannot ${command} task ${task.id}, it is ${task.state}`);
  }
  return { ...task, state, reason, revision: task.revision + 1 };
}
