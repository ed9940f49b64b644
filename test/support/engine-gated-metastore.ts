import type { AccessControl } from "../../src/model/access-control.js";
import type { BlockedRecord } from "../../src/model/blocked-record.js";
import type { CollectionId, TaskId } from "../../src/model/ids.js";
import type { LastVerification } from "../../src/model/last-verification.js";
import type { ChannelProgress } from "../../src/model/position.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import type { TaskEvent } from "../../src/model/task-event.js";
import type { TaskRecord } from "../../src/model/task.js";
import type { Metastore, RecordSkip } from "../../src/metastore/metastore.js";
import type { Gate } from "./engine-gate.js";

/** A metastore behind a gate; closing it leaves the one behind open. */
export class GatedMetastore implements Metastore {
  readonly #store: Metastore;
  readonly #gate: Gate;

  constructor(store: Metastore, gate: Gate) {
    this.#store = store;
    this.#gate = gate;
  }

  listTasks(): Promise<readonly TaskRecord[]> {
    return this.#gate("listTasks", () => this.#store.listTasks());
  }

  getTask(id: TaskId): Promise<TaskRecord | undefined> {
    return this.#gate("getTask", () => this.#store.getTask(id));
  }

  createTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    return this.#gate("createTask", () => this.#store.createTask(task, progress, collections));
  }

  restartTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    return this.#gate("restartTask", () => this.#store.restartTask(task, progress, collections));
  }

  updateTask(task: TaskRecord): Promise<boolean> {
    return this.#gate("updateTask", () => this.#store.updateTask(task));
  }

  getAccess(id: TaskId): Promise<AccessControl | undefined> {
    return this.#gate("getAccess", () => this.#store.getAccess(id));
  }

  saveAccess(id: TaskId, access: AccessControl): Promise<void> {
    return this.#gate("saveAccess", () => this.#store.saveAccess(id, access));
  }

  deleteTask(id: TaskId): Promise<boolean> {
    return this.#gate("deleteTask", () => this.#store.deleteTask(id));
  }

  saveVerification(id: TaskId, verification: LastVerification): Promise<void> {
    return this.#gate("saveVerification", () => this.#store.saveVerification(id, verification));
  }

  listProgress(id: TaskId): Promise<readonly ChannelProgress[]> {
    return this.#gate("listProgress", () => this.#store.listProgress(id));
  }

  /** Two operations for tests: one that moves a checkpoint, and one that raises a frontier only. */
  async saveProgress(id: TaskId, progress: readonly ChannelProgress[]): Promise<void> {
    const stored = await this.#store.listProgress(id);
    const isMoved = progress.some(
      ({ channel, checkpoint, tick }) =>
        !stored.some((s) => s.channel === channel && s.checkpoint === checkpoint && s.tick === tick),
    );
    await this.#gate(isMoved ? "saveProgress" : "raiseFrontier", () =>
      this.#store.saveProgress(id, progress),
    );
  }

  listCollections(id: TaskId): Promise<readonly ReplicatedCollection[]> {
    return this.#gate("listCollections", () => this.#store.listCollections(id));
  }

  saveCollection(id: TaskId, collection: ReplicatedCollection): Promise<void> {
    return this.#gate("saveCollection", () => this.#store.saveCollection(id, collection));
  }

  deleteCollection(id: TaskId, collectionId: CollectionId): Promise<void> {
    return this.#gate("deleteCollection", () => this.#store.deleteCollection(id, collectionId));
  }

  listDatabases(id: TaskId): Promise<readonly string[]> {
    return this.#gate("listDatabases", () => this.#store.listDatabases(id));
  }

  saveDatabase(id: TaskId, database: string): Promise<void> {
    return this.#gate("saveDatabase", () => this.#store.saveDatabase(id, database));
  }

  deleteDatabase(id: TaskId, database: string): Promise<void> {
    return this.#gate("deleteDatabase", () => this.#store.deleteDatabase(id, database));
  }

  listBlockedRecords(id: TaskId): Promise<readonly BlockedRecord[]> {
    return this.#gate("listBlockedRecords", () => this.#store.listBlockedRecords(id));
  }

  saveBlockedRecord(id: TaskId, record: BlockedRecord): Promise<void> {
    return this.#gate("saveBlockedRecord", () => this.#store.saveBlockedRecord(id, record));
  }

  skipBlockedRecords(id: TaskId, skip: RecordSkip): Promise<boolean> {
    return this.#gate("skipBlockedRecords", () => this.#store.skipBlockedRecords(id, skip));
  }

  forgetBlockedRecords(id: TaskId): Promise<void> {
    return this.#gate("forgetBlockedRecords", () => this.#store.forgetBlockedRecords(id));
  }

  listEvents(id: TaskId): Promise<readonly TaskEvent[]> {
    return this.#gate("listEvents", () => this.#store.listEvents(id));
  }

  addEvent(id: TaskId, event: TaskEvent): Promise<void> {
    return this.#gate("addEvent", () => this.#store.addEvent(id, event));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
