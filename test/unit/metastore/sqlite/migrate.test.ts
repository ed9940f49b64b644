import assert from "node:assert/strict";
import * as z from "zod";
import { migrate } from "../../../../src/metastore/sqlite/migrate.js";
import { SqliteConnection } from "../../../../src/metastore/sqlite/sqlite-connection.js";
import { CdcError, type ErrorCode } from "../../../../src/model/errors.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const one = "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (1)";
const two = "CREATE TABLE two (n INTEGER)";
const broken = "CREATE TABLE three (n INTEGER); INSERT INTO nowhere VALUES (1)";
const isFault = (code: ErrorCode) => (error: unknown) => error instanceof CdcError && error.code === code;

describe("migrate", () => {
  const newPath = temporaryFolder();
  let connection: SqliteConnection;
  beforeEach(() => {
    connection = SqliteConnection.open(newPath());
  });
  afterEach(() => connection.close());

  const tables = () =>
    connection.rows(
      z.object({ name: z.string() }).transform((row) => row.name),
      "SELECT name FROM sqlite_schema ORDER BY name",
    );
  const version = () =>
    connection.rows(z.object({ user_version: z.bigint() }), "PRAGMA user_version")[0]?.user_version;

  it("runs what the file lacks, each migration once", () => {
    migrate(connection, [one]);
    migrate(connection, [one, two]);
    migrate(connection, [one, two]);
    assert.deepEqual(tables(), ["one", "two"]);
    assert.equal(connection.rows(z.unknown(), "SELECT * FROM one").length, 1);
    assert.equal(version(), 2n);
  });

  it("leaves the version before a migration that fails, whole", () => {
    assert.throws(() => migrate(connection, [one, broken]), isFault("METASTORE_UNAVAILABLE"));
    assert.deepEqual(tables(), ["one"]);
    assert.equal(version(), 1n);
    migrate(connection, [one, two]);
    assert.deepEqual(tables(), ["one", "two"]);
  });

  it("refuses a file of a newer version, naming both, and leaves it as it is", () => {
    migrate(connection, [one, two]);
    assert.throws(
      () => migrate(connection, [one]),
      (error) =>
        isFault("METASTORE_NEWER")(error) &&
        error instanceof Error &&
        /version 2,.* up to 1/.test(error.message),
    );
    assert.equal(version(), 2n);
  });

  it("refuses another program's database, and leaves it as it is", () => {
    connection.execute("CREATE TABLE theirs (n INTEGER); PRAGMA user_version = 7");
    assert.throws(() => migrate(connection, [one]), isFault("METASTORE_UNAVAILABLE"));
    assert.deepEqual(tables(), ["theirs"]);
    assert.equal(version(), 7n);
  });
});
