import type { AccessControl } from "../model/access-control.js";
import type { BlockedRecord } from "../model/blocked-record.js";
import type { CollectionId, TaskId } from "../model/ids.js";
import type { LastVerification } from "../model/last-verification.js";
import type { ChannelProgress } from "../model/position.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { TaskEvent } from "../model/task-event.js";
import type { TaskRecord } from "../model/task.js";

/** What is given up at once, and what the task's history says of it. */
export interface RecordSkip {
  readonly records: readonly Pick<BlockedRecord, "channel" | "offset">[];
  readonly atMs: number;
  readonly events: readonly TaskEvent[];
}

/**
 * What the service remembers. Every promise resolves only once the change
 * survives a crash of the process and of the machine.
 *
 * @throws CdcError METASTORE_UNAVAILABLE from every method (retried by the caller).
 */
export interface Metastore extends AsyncDisposable {
  /** All tasks, oldest first. */
  listTasks(): Promise<readonly TaskRecord[]>;
  getTask(id: TaskId): Promise<TaskRecord | undefined>;
  /**
   * Adds a task together with its first positions, and with the collections that are known to it from
   * the beginning, or nothing at all.
   *
   * @returns false when a task with this id exists, which is left unchanged.
   */
  createTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean>;
  /**
   * Replaces a task whose stored revision is `task.revision - 1`, all but its last verification.
   *
   * @returns false when it is gone or at another revision; nothing changes then.
   */
  updateTask(task: TaskRecord): Promise<boolean>;
  /**
   * As `updateTask`, and puts other positions and collections in the place of all that the task has.
   */
  restartTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean>;
  /** Removes a task with its positions and collections. Idempotent; false when there was none. */
  deleteTask(id: TaskId): Promise<boolean>;
  /** Of a task that is gone, nothing is stored. */
  saveVerification(id: TaskId, verification: LastVerification): Promise<void>;

  listProgress(id: TaskId): Promise<readonly ChannelProgress[]>;
  /**
   * Moves positions of one task, all or none. Neither a checkpoint, nor a tick,
   * nor a frontier ever moves backwards: the larger one stays. Of a task that is
   * gone, nothing is stored.
   */
  saveProgress(id: TaskId, progress: readonly ChannelProgress[]): Promise<void>;

  listCollections(id: TaskId): Promise<readonly ReplicatedCollection[]>;
  /** Adds or replaces a collection of a task. Of a task that is gone, nothing is stored. */
  saveCollection(id: TaskId, collection: ReplicatedCollection): Promise<void>;
  /** Idempotent. */
  deleteCollection(id: TaskId, collectionId: CollectionId): Promise<void>;

  /** Roles and grants that the target was last made to have; undefined when there were none. */
  getAccess(id: TaskId): Promise<AccessControl | undefined>;
  /** Of a task that is gone, nothing is stored. */
  saveAccess(id: TaskId, access: AccessControl): Promise<void>;

  /** Databases of the target that the task created. */
  listDatabases(id: TaskId): Promise<readonly string[]>;
  /** Idempotent. Of a task that is gone, nothing is stored. */
  saveDatabase(id: TaskId, database: string): Promise<void>;
  /** Idempotent. */
  deleteDatabase(id: TaskId, database: string): Promise<void>;

  /** In the order in which they were met, skipped ones among them. */
  listBlockedRecords(id: TaskId): Promise<readonly BlockedRecord[]>;
  /** Adds or replaces the record of this channel and offset. Of a task that is gone, nothing is stored. */
  saveBlockedRecord(id: TaskId, record: BlockedRecord): Promise<void>;
  /**
   * Skips these records and no others, and adds the events, or does nothing at all.
   *
   * @returns false when there are none, or not all of them block
   */
  skipBlockedRecords(id: TaskId, skip: RecordSkip): Promise<boolean>;
  /** Forgets all records but those that were skipped. Idempotent. */
  forgetBlockedRecords(id: TaskId): Promise<void>;

  /** The last `MAX_EVENTS`, oldest first. */
  listEvents(id: TaskId): Promise<readonly TaskEvent[]>;
  /** Of a task that is gone, nothing is stored. */
  addEvent(id: TaskId, event: TaskEvent): Promise<void>;
}
