import type { AccessControl } from "../../model/access-control.js";
import type { BlockedRecord } from "../../model/blocked-record.js";
import type { CollectionId, TaskId } from "../../model/ids.js";
import type { LastVerification } from "../../model/last-verification.js";
import type { ChannelProgress } from "../../model/position.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import { MAX_EVENTS, type TaskEvent } from "../../model/task-event.js";
import type { TaskRecord } from "../../model/task.js";
import type { Metastore, RecordSkip } from "../metastore.js";
import type * as z from "zod";
import { Keyring } from "../keyring.js";
import { migrate } from "./migrate.js";
import { migrations } from "./migrations/migrations.js";
import { rowCopyToJson } from "./row-copy-json.js";
import {
  accessRow,
  blockedRecordRow,
  collectionRow,
  databaseRow,
  eventRow,
  progressRow,
  taskRow,
} from "./rows.js";
import { reseal } from "./reseal.js";
import { sealSpec } from "./sealed-spec.js";
import { SqliteConnection } from "./sqlite-connection.js";
import { verificationToJson } from "./verification-json.js";
import { statements } from "./statements.js";

/**
 * Remembers in one SQLite file, for one process at a time. Calls block for the
 * time of a commit, that is one sync of the disk.
 */
export class SqliteMetastore implements Metastore {
  readonly #connection: SqliteConnection;
  readonly #keys: Keyring;
  readonly #taskRow: z.ZodType<TaskRecord>;

  private constructor(connection: SqliteConnection, keys: Keyring) {
    this.#connection = connection;
    this.#keys = keys;
    this.#taskRow = taskRow(keys);
  }

  /**
   * Opens the file at `path`, which is made when there is none, and holds its
   * lock until it is disposed of or the process dies.
   *
   * @throws CdcError METASTORE_LOCKED, METASTORE_NEWER, METASTORE_KEY_WRONG, METASTORE_UNAVAILABLE
   */
  static open(path: string, keys = new Keyring(undefined, [])): SqliteMetastore {
    return SqliteMetastore.over(SqliteConnection.open(path), keys);
  }

  /** Brings the file to the newest version and owns the connection, which is closed when that fails. */
  static over(connection: SqliteConnection, keys = new Keyring(undefined, [])): SqliteMetastore {
    try {
      migrate(connection, migrations);
      reseal(connection, keys);
      return new SqliteMetastore(connection, keys);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  listTasks(): Promise<readonly TaskRecord[]> {
    return this.#answer((connection) => connection.rows(this.#taskRow, statements.listTasks));
  }

  getTask(id: TaskId): Promise<TaskRecord | undefined> {
    return this.#answer((connection) => connection.rows(this.#taskRow, statements.getTask, id)[0]);
  }

  createTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    return this.#answer((connection) =>
      connection.transaction(() => {
        const isNew = connection.run(statements.createTask, ...taskValues(task, this.#keys)) > 0;
        if (!isNew) return false;
        mergeProgress(connection, task.id, progress);
        for (const collection of collections) saveCollection(connection, task.id, collection);
        return true;
      }),
    );
  }

  updateTask(task: TaskRecord): Promise<boolean> {
    return this.#answer(
      (connection) => connection.run(statements.updateTask, ...taskValues(task, this.#keys)) > 0,
    );
  }

  restartTask(
    task: TaskRecord,
    progress: readonly ChannelProgress[],
    collections: readonly ReplicatedCollection[],
  ): Promise<boolean> {
    return this.#answer((connection) =>
      connection.transaction(() => {
        if (connection.run(statements.updateTask, ...taskValues(task, this.#keys)) === 0) return false;
        connection.run(statements.deleteAllProgress, task.id);
        connection.run(statements.deleteAllCollections, task.id);
        mergeProgress(connection, task.id, progress);
        for (const collection of collections) saveCollection(connection, task.id, collection);
        return true;
      }),
    );
  }

  deleteTask(id: TaskId): Promise<boolean> {
    return this.#answer((connection) => connection.run(statements.deleteTask, id) > 0);
  }

  saveVerification(id: TaskId, verification: LastVerification): Promise<void> {
    return this.#change(statements.saveVerification, id, verificationToJson(verification));
  }

  listProgress(id: TaskId): Promise<readonly ChannelProgress[]> {
    return this.#answer((connection) => connection.rows(progressRow, statements.listProgress, id));
  }

  saveProgress(id: TaskId, progress: readonly ChannelProgress[]): Promise<void> {
    return this.#answer((connection) =>
      connection.transaction(() => mergeProgress(connection, id, progress)),
    );
  }

  listCollections(id: TaskId): Promise<readonly ReplicatedCollection[]> {
    return this.#answer((connection) => connection.rows(collectionRow, statements.listCollections, id));
  }

  saveCollection(id: TaskId, collection: ReplicatedCollection): Promise<void> {
    return this.#answer((connection) => saveCollection(connection, id, collection));
  }

  deleteCollection(id: TaskId, collectionId: CollectionId): Promise<void> {
    return this.#change(statements.deleteCollection, id, collectionId);
  }

  getAccess(id: TaskId): Promise<AccessControl | undefined> {
    return this.#answer((connection) => connection.rows(accessRow, statements.getAccess, id)[0]);
  }

  saveAccess(id: TaskId, access: AccessControl): Promise<void> {
    return this.#change(statements.saveAccess, id, JSON.stringify(access));
  }

  listDatabases(id: TaskId): Promise<readonly string[]> {
    return this.#answer((connection) => connection.rows(databaseRow, statements.listDatabases, id));
  }

  saveDatabase(id: TaskId, database: string): Promise<void> {
    return this.#change(statements.saveDatabase, id, database);
  }

  deleteDatabase(id: TaskId, database: string): Promise<void> {
    return this.#change(statements.deleteDatabase, id, database);
  }

  listBlockedRecords(id: TaskId): Promise<readonly BlockedRecord[]> {
    return this.#answer((connection) => connection.rows(blockedRecordRow, statements.listBlockedRecords, id));
  }

  saveBlockedRecord(id: TaskId, record: BlockedRecord): Promise<void> {
    const { channel, offset, collectionId, collection, cause } = record;
    return this.#change(
      statements.saveBlockedRecord,
      id,
      channel,
      offset,
      collectionId,
      collection.database,
      collection.name,
      JSON.stringify(cause),
      record.blockedAtMs,
      record.value ?? null,
      record.skippedAtMs ?? null,
    );
  }

  skipBlockedRecords(id: TaskId, { records, atMs, events }: RecordSkip): Promise<boolean> {
    return this.#answer((connection) =>
      connection.transaction(() => {
        const known = connection.rows(blockedRecordRow, statements.listBlockedRecords, id);
        const isBlocking = ({ channel, offset }: RecordSkip["records"][number]): boolean =>
          known.some(
            (one) => one.channel === channel && one.offset === offset && one.skippedAtMs === undefined,
          );
        if (records.length === 0 || !records.every(isBlocking)) return false;
        for (const { channel, offset } of records)
          connection.run(statements.skipBlockedRecord, id, channel, offset, atMs);
        for (const event of events) addEvent(connection, id, event);
        return true;
      }),
    );
  }

  forgetBlockedRecords(id: TaskId): Promise<void> {
    return this.#change(statements.forgetBlockedRecords, id);
  }

  listEvents(id: TaskId): Promise<readonly TaskEvent[]> {
    return this.#answer((connection) => connection.rows(eventRow, statements.listEvents, id));
  }

  addEvent(id: TaskId, event: TaskEvent): Promise<void> {
    return this.#answer((connection) => connection.transaction(() => addEvent(connection, id, event)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  #change(...statement: Parameters<SqliteConnection["run"]>): Promise<void> {
    return this.#answer((connection) => {
      connection.run(...statement);
    });
  }

  /** The connection blocks and throws; the port promises. */
  #answer<T>(action: (connection: SqliteConnection) => T): Promise<T> {
    return new Promise((resolve) => resolve(action(this.#connection)));
  }
}

function taskValues(
  task: TaskRecord,
  keys: Keyring,
): [string, string, string, string | null, number, number, bigint] {
  const reason = task.reason === undefined ? null : JSON.stringify(task.reason);
  return [
    task.id,
    JSON.stringify(sealSpec(task.spec, task.id, keys)),
    task.state,
    reason,
    task.createdAtMs,
    task.revision,
    task.startTs,
  ];
}

function saveCollection(
  connection: SqliteConnection,
  id: TaskId,
  { source, target, ...collection }: ReplicatedCollection,
): void {
  const partitions = [...collection.partitions].map(([name, partitionId]) => [name, partitionId.toString()]);
  connection.run(
    statements.saveCollection,
    id,
    collection.id,
    source.database,
    source.name,
    target.database,
    target.name,
    collection.description,
    JSON.stringify(collection.channels),
    collection.createdTs,
    collection.barrierTs,
    JSON.stringify(partitions),
    collection.isMerged === undefined ? null : Number(collection.isMerged),
    collection.copy === undefined ? null : rowCopyToJson(collection.copy),
    collection.structure === undefined ? null : JSON.stringify(collection.structure),
    collection.formerTarget === undefined ? null : JSON.stringify(collection.formerTarget),
    JSON.stringify(Array.from(collection.imports, String)),
    collection.onlyPartitions === undefined ? null : JSON.stringify(collection.onlyPartitions),
  );
}

function mergeProgress(connection: SqliteConnection, id: TaskId, progress: readonly ChannelProgress[]): void {
  for (const { channel, checkpoint, tick, frontier } of progress) {
    connection.run(statements.saveProgress, id, channel, checkpoint, tick, frontier);
  }
}

function addEvent(connection: SqliteConnection, id: TaskId, { atMs, text, collection }: TaskEvent): void {
  connection.run(
    statements.addEvent,
    id,
    atMs,
    JSON.stringify(text),
    collection === undefined ? null : JSON.stringify(collection),
  );
  connection.run(statements.deleteOldEvents, id, MAX_EVENTS);
}
