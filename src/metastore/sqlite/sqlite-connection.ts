import Database from "libsql";
import { resolve } from "node:path";
import type * as z from "zod";
import { CdcError } from "../../model/errors.js";
import { createDatabaseFile } from "./database-file.js";
import { lockHolder } from "./lock-holder.js";
import { isLocked, unavailable } from "./sqlite-error.js";

type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * The only connection to a SQLite file: it holds the file's lock until it is
 * closed or its process dies, however that happens. All calls block; integers
 * come back as bigint.
 *
 * @throws CdcError METASTORE_UNAVAILABLE from every method
 */
export class SqliteConnection {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(path: string, database: Database.Database) {
    this.path = path;
    this.#database = database;
  }

  /**
   * Opens the file, which is made when there is none, and takes its lock.
   *
   * @throws CdcError METASTORE_LOCKED when another connection has it, in this process or another
   */
  static open(path: string): SqliteConnection {
    const absolute = resolve(path);
    let database: Database.Database | undefined;
    try {
      createDatabaseFile(absolute);
      database = new Database(absolute);
      configure(database);
      return new SqliteConnection(absolute, database);
    } catch (error) {
      database?.close();
      throw isLocked(error) ? locked(absolute, error) : unavailable(error, absolute);
    }
  }

  /** Runs SQL that answers rows, all of which `row` must accept. */
  rows<T>(row: z.ZodType<T>, sql: string, ...values: readonly SqlValue[]): T[] {
    return this.#wrapped(() =>
      this.#prepared(sql)
        .all(values)
        .map((found) => row.parse(found)),
    );
  }

  /** Runs SQL that answers nothing, and tells how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#wrapped(() => this.#prepared(sql).run(values).changes);
  }

  /** Runs statements without values. */
  execute(sql: string): void {
    this.#wrapped(() => this.#database.exec(sql));
  }

  /** All or nothing of what `action` does. What it returned is durable when this returns. */
  transaction<T>(action: () => T): T {
    return this.#wrapped(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = action();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk already rolled back; a second ROLLBACK would fail and hide the cause.
        if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Idempotent. */
  close(): void {
    if (!this.#database.open) return;
    try {
      release(this.#database);
    } catch {
      // With a broken disk the lock stays until the process ends; nothing that was promised is lost.
    } finally {
      this.#statements.clear(); // libsql's go on working after close
      this.#database.close();
    }
  }

  #prepared(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #wrapped<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw unavailable(error, this.path);
    }
  }
}

/**
 * The order matters: exclusive mode before the first access in WAL mode locks
 * the file instead of sharing it through a -shm file. The lock is the system's,
 * so it goes with the process; a lock file would have to be cleaned up.
 *
 * Last, BEGIN EXCLUSIVE makes a file that cannot be written fail here.
 *
 * FULL syncs the log with every commit. NORMAL is faster, survives kill -9, but
 * loses the last commits with the machine: a frontier that went back would
 * insert rows twice.
 */
function configure(database: Database.Database): void {
  database.defaultSafeIntegers(true);
  database.pragma("locking_mode = EXCLUSIVE");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.exec("BEGIN EXCLUSIVE; COMMIT");
}

/**
 * Lets go of the lock. Closing alone would not: libsql keeps a closed connection
 * until its statements are collected as garbage.
 */
function release(database: Database.Database): void {
  database.pragma("journal_mode = DELETE");
  database.pragma("locking_mode = NORMAL");
  database.prepare("SELECT 1 FROM sqlite_schema").all(); // the mode changes with the next access
}

function locked(path: string, cause: unknown): CdcError {
  const pid = lockHolder(path);
  const holder =
    pid === process.pid ? "this process already" : pid === undefined ? "another process" : `process ${pid}`;
  return new CdcError("METASTORE_LOCKED", `metastore ${path} is in use by ${holder}`, { cause });
}
