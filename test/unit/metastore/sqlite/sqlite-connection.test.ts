import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { SqliteError } from "libsql";
import * as z from "zod";
import { SqliteConnection } from "../../../../src/metastore/sqlite/sqlite-connection.js";
import { CdcError, type ErrorCode } from "../../../../src/model/errors.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const fault =
  (code: ErrorCode, ...parts: string[]) =>
  (error: unknown) => {
    assert(error instanceof CdcError);
    assert.equal(error.code, code);
    for (const part of parts) assert(error.message.includes(part), `${part} is not in: ${error.message}`);
    return true;
  };
const numbers = z.object({ n: z.bigint() }).transform((row) => row.n);

describe("SqliteConnection", () => {
  const newPath = temporaryFolder();

  it("makes a missing folder and file that only their owner can read", () => {
    const path = newPath("a/b/cdc.db");
    const connection = SqliteConnection.open(path);
    connection.execute("CREATE TABLE t (n INTEGER)");
    assert.deepEqual(
      [mode(path), mode(`${path}-wal`), mode(dirname(path)), mode(dirname(dirname(path)))],
      ["600", "600", "700", "700"],
    );
    connection.close();
  });

  it("leaves the mode of an existing file and folder alone", () => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(path, "");
    chmodSync(path, 0o640);
    chmodSync(dirname(path), 0o755);
    SqliteConnection.open(path).close();
    assert.deepEqual([mode(path), mode(dirname(path))], ["640", "755"]);
  });

  it("syncs the disk with every commit", () => {
    const connection = SqliteConnection.open(newPath());
    const setting = z.object({ synchronous: z.bigint() });
    assert.deepEqual(connection.rows(setting, "PRAGMA synchronous"), [{ synchronous: 2n }]); // FULL
    connection.close();
  });

  it("refuses a second opening by the same process, whatever the path's spelling, and disturbs the first in nothing", () => {
    const path = newPath();
    const connection = SqliteConnection.open(path);
    symlinkSync(path, `${path}-link`);
    for (const spelling of [path, `${dirname(path)}/./file`, `${path}-link`]) {
      assert.throws(
        () => SqliteConnection.open(spelling),
        fault("METASTORE_LOCKED", "in use by this process already"),
      );
    }
    connection.execute("CREATE TABLE t (n INTEGER)");
    assert.throws(() => SqliteConnection.open(path), fault("METASTORE_LOCKED", path));
    connection.close();
  });

  it("lets go of the file at once when it is closed, even after it failed others", () => {
    const path = newPath();
    for (let round = 0; round < 3; round++) {
      const connection = SqliteConnection.open(path);
      connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
      connection.run("INSERT INTO t VALUES (?1)", round);
      assert.deepEqual(connection.rows(numbers, "SELECT n FROM t ORDER BY n").length, round + 1);
      assert.throws(() => SqliteConnection.open(path), fault("METASTORE_LOCKED"));
      connection.close();
      connection.close();
    }
    assert(!existsSync(`${path}-wal`), "all is in the one file");
  });

  it("is unavailable after it was closed, for statements it already knew too", () => {
    const connection = SqliteConnection.open(newPath());
    connection.rows(z.unknown(), "SELECT 1");
    connection.close();
    const closed = fault("METASTORE_UNAVAILABLE");
    assert.throws(() => connection.rows(z.unknown(), "SELECT 1"), closed);
    assert.throws(() => connection.execute("SELECT 1"), closed);
    assert.throws(() => connection.transaction(() => 1), closed);
  });

  it("rolls back all of a transaction that throws, and goes on", () => {
    const connection = SqliteConnection.open(newPath());
    connection.execute("CREATE TABLE t (n INTEGER)");
    assert.throws(
      () =>
        connection.transaction(() => {
          connection.run("INSERT INTO t VALUES (1)");
          connection.run("INSERT INTO nowhere VALUES (1)");
        }),
      fault("METASTORE_UNAVAILABLE", "nowhere"),
    );
    connection.transaction(() => connection.run("INSERT INTO t VALUES (2)"));
    assert.deepEqual(connection.rows(numbers, "SELECT n FROM t"), [2n]);
    connection.close();
  });

  it("throws the first error when SQLite itself has rolled back already", () => {
    const connection = SqliteConnection.open(newPath());
    assert.throws(
      () =>
        connection.transaction(() => {
          connection.execute("ROLLBACK"); // as SQLite may do on a full disk
          connection.run("INSERT INTO nowhere VALUES (1)");
        }),
      fault("METASTORE_UNAVAILABLE", "nowhere"),
    );
    connection.close();
  });

  it("says that a file is no SQLite database, and leaves it as it is", () => {
    const path = newPath("notes.txt");
    mkdirSync(dirname(path));
    const text = "these are my notes\n".repeat(500);
    writeFileSync(path, text);
    assert.throws(
      () => SqliteConnection.open(path),
      fault("METASTORE_UNAVAILABLE", path, "is not a SQLite database"),
    );
    assert.equal(readFileSync(path, "utf8"), text);
  });

  it("says that a database is damaged", () => {
    const path = newPath();
    const connection = SqliteConnection.open(path);
    connection.execute("CREATE TABLE t (n INTEGER); CREATE INDEX i ON t (n)");
    connection.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 100)); // all but the header
    assert.throws(
      () => SqliteConnection.open(path).rows(numbers, "SELECT n FROM t"),
      fault("METASTORE_UNAVAILABLE", path, "is damaged"),
    );
  });

  it("says that it cannot open a folder, or a file below a file", () => {
    const folder = dirname(newPath());
    mkdirSync(folder);
    assert.throws(() => SqliteConnection.open(folder), fault("METASTORE_UNAVAILABLE", folder));
    writeFileSync(`${folder}/file`, "");
    assert.throws(
      () => SqliteConnection.open(`${folder}/file/x.db`),
      fault("METASTORE_UNAVAILABLE", "mkdir"),
    );
  });

  it("keeps the cause of an error, wrapped once", () => {
    const connection = SqliteConnection.open(newPath());
    assert.throws(
      () => connection.transaction(() => connection.run("SELECT * FROM nowhere")),
      (error) => error instanceof CdcError && error.cause instanceof SqliteError,
    );
    connection.close();
  });
});
