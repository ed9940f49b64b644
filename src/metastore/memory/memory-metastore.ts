import { CdcError } from "../../model/errors.js";
import type { AccessControl } from "../../model/access-control.js";
import { recordKey, type BlockedRecord } from "../../model/blocked-record.js";
import type { CollectionId, TaskId } from "../../model/ids.js";
import type { LastVerification } from "../../model/last-verification.js";
import type { ChannelProgress } from "../../model/position.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import { MAX_EVENTS, type TaskEvent } from "../../model/task-event.js";
import type { TaskRecord } from "../../model/task.js";
import type { Metastore, RecordSkip } from "../metastore.js";

interface StoredTask {
  record: TaskRecord;
  readonly progress: Map<string, ChannelProgress>;
  readonly collections: Map<CollectionId, ReplicatedCollection>;
  readonly databases: Set<string>;
  readonly blocked: Map<string, BlockedRecord>;
  events: readonly TaskEvent[];
  access?: AccessControl;
}

/**
 * Forgets everything with the process: for tests and trials. Values are copied
 * on their way in and out, so that callers share nothing with it.
 */
export class MemoryMetastore implements Metastore {
  readonly #tasks = new Map<TaskId, StoredTask>();
  #isClosed = false;

  listTasks(): Promise<readonly TaskRecord[]> {
    return this.#copyOf(() => [...this.#tasks.values()].map((task) => task.record).sort(byAge));
  }

  getTask(id: TaskId): Promise<TaskRecord | undefined> {
    return this.#copyOf(() => this.#tasks.get(id)?.record);
  }

  createTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    return this.#copyOf(() => {
      if (this.#tasks.has(task.id)) return false;
      this.#tasks.set(task.id, {
        record: withVerification(task, undefined),
        progress: new Map(),
        collections: new Map(collections.map((collection) => [collection.id, structuredClone(collection)])),
        databases: new Set(),
        blocked: new Map(),
        events: [],
      });
      this.#merge(task.id, progress);
      return true;
    });
  }

  updateTask(task: TaskRecord): Promise<boolean> {
    return this.#copyOf(() => {
      const stored = this.#tasks.get(task.id);
      if (stored?.record.revision !== task.revision - 1) return false;
      stored.record = withVerification(task, stored.record.lastVerification);
      return true;
    });
  }

  async restartTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    if (!(await this.updateTask(task))) return false;
    const stored = this.#tasks.get(task.id);
    stored?.progress.clear();
    stored?.collections.clear();
    this.#merge(task.id, progress);
    for (const collection of collections) stored?.collections.set(collection.id, structuredClone(collection));
    return true;
  }

  deleteTask(id: TaskId): Promise<boolean> {
    return this.#copyOf(() => this.#tasks.delete(id));
  }

  saveVerification(id: TaskId, verification: LastVerification): Promise<void> {
    return this.#copyOf(() => {
      const stored = this.#tasks.get(id);
      if (stored !== undefined) stored.record = withVerification(stored.record, verification);
    });
  }

  listProgress(id: TaskId): Promise<readonly ChannelProgress[]> {
    return this.#copyOf(() => [...(this.#tasks.get(id)?.progress.values() ?? [])].sort(by((p) => p.channel)));
  }

  saveProgress(id: TaskId, progress: readonly ChannelProgress[]): Promise<void> {
    return this.#copyOf(() => this.#merge(id, progress));
  }

  listCollections(id: TaskId): Promise<readonly ReplicatedCollection[]> {
    return this.#copyOf(() => [...(this.#tasks.get(id)?.collections.values() ?? [])].sort(by((c) => c.id)));
  }

  saveCollection(id: TaskId, collection: ReplicatedCollection): Promise<void> {
    return this.#copyOf(() => {
      this.#tasks.get(id)?.collections.set(collection.id, structuredClone(collection));
    });
  }

  deleteCollection(id: TaskId, collectionId: CollectionId): Promise<void> {
    return this.#copyOf(() => {
      this.#tasks.get(id)?.collections.delete(collectionId);
    });
  }

  getAccess(id: TaskId): Promise<AccessControl | undefined> {
    return this.#copyOf(() => this.#tasks.get(id)?.access);
  }

  saveAccess(id: TaskId, access: AccessControl): Promise<void> {
    return this.#copyOf(() => {
      const stored = this.#tasks.get(id);
      if (stored !== undefined) stored.access = structuredClone(access);
    });
  }

  listDatabases(id: TaskId): Promise<readonly string[]> {
    return this.#copyOf(() => [...(this.#tasks.get(id)?.databases ?? [])].sort());
  }

  saveDatabase(id: TaskId, database: string): Promise<void> {
    return this.#copyOf(() => {
      this.#tasks.get(id)?.databases.add(database);
    });
  }

  deleteDatabase(id: TaskId, database: string): Promise<void> {
    return this.#copyOf(() => {
      this.#tasks.get(id)?.databases.delete(database);
    });
  }

  listBlockedRecords(id: TaskId): Promise<readonly BlockedRecord[]> {
    return this.#copyOf(() => [...(this.#tasks.get(id)?.blocked.values() ?? [])].sort(byMeeting));
  }

  saveBlockedRecord(id: TaskId, record: BlockedRecord): Promise<void> {
    return this.#copyOf(() => {
      this.#tasks.get(id)?.blocked.set(recordKey(record.channel, record.offset), structuredClone(record));
    });
  }

  skipBlockedRecords(id: TaskId, { records, atMs, events }: RecordSkip): Promise<boolean> {
    return this.#copyOf(() => {
      const stored = this.#tasks.get(id);
      const blocking = records.flatMap(({ channel, offset }) => {
        const record = stored?.blocked.get(recordKey(channel, offset));
        return record?.skippedAtMs === undefined && record !== undefined ? [record] : [];
      });
      if (stored === undefined || records.length === 0 || blocking.length < records.length) return false;
      for (const record of blocking)
        stored.blocked.set(recordKey(record.channel, record.offset), { ...record, skippedAtMs: atMs });
      stored.events = newest([...stored.events, ...structuredClone(events)]);
      return true;
    });
  }

  forgetBlockedRecords(id: TaskId): Promise<void> {
    return this.#copyOf(() => {
      const blocked = this.#tasks.get(id)?.blocked;
      for (const [key, record] of blocked ?? []) if (record.skippedAtMs === undefined) blocked?.delete(key);
    });
  }

  listEvents(id: TaskId): Promise<readonly TaskEvent[]> {
    return this.#copyOf(() => this.#tasks.get(id)?.events ?? []);
  }

  addEvent(id: TaskId, event: TaskEvent): Promise<void> {
    return this.#copyOf(() => {
      const stored = this.#tasks.get(id);
      if (stored !== undefined) stored.events = newest([...stored.events, structuredClone(event)]);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #merge(id: TaskId, progress: readonly ChannelProgress[]): void {
    const stored = this.#tasks.get(id)?.progress;
    for (const next of progress) {
      const { channel } = next;
      stored?.set(channel, furthest(stored.get(channel) ?? next, next));
    }
  }

  #copyOf<T>(action: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#isClosed) throw new CdcError("METASTORE_UNAVAILABLE", "the metastore is closed");
      resolve(structuredClone(action()));
    });
  }
}

/** A copy of a task, with this as its last verification whatever it says itself. */
function withVerification(task: TaskRecord, lastVerification: LastVerification | undefined): TaskRecord {
  const copy = structuredClone({ ...task, lastVerification });
  if (lastVerification === undefined) delete copy.lastVerification;
  return copy;
}

function furthest(a: ChannelProgress, b: ChannelProgress): ChannelProgress {
  return {
    channel: a.channel,
    checkpoint: max(a.checkpoint, b.checkpoint),
    tick: max(a.tick, b.tick),
    frontier: max(a.frontier, b.frontier),
  };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function newest(events: readonly TaskEvent[]): readonly TaskEvent[] {
  return events.slice(-MAX_EVENTS);
}

function byMeeting(a: BlockedRecord, b: BlockedRecord): number {
  if (a.blockedAtMs !== b.blockedAtMs) return a.blockedAtMs - b.blockedAtMs;
  return a.channel === b.channel
    ? by((one: BlockedRecord) => one.offset)(a, b)
    : by((one: BlockedRecord) => one.channel)(a, b);
}

function byAge(a: TaskRecord, b: TaskRecord): number {
  return a.createdAtMs - b.createdAtMs || by((task: TaskRecord) => task.id)(a, b);
}

function by<T>(key: (value: T) => string | bigint): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
