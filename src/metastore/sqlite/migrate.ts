import * as z from "zod";
import { CdcError } from "../../model/errors.js";
import type { Migration } from "./migrations/migration.js";
import type { SqliteConnection } from "./sqlite-connection.js";

/** "MCDC": tells our files from those of other programs. */
const APPLICATION_ID = 0x4d_43_44_43;

/**
 * Brings a file to the version that the list ends at, each step in a
 * transaction of its own, so that a crash leaves a whole version behind.
 *
 * @throws CdcError METASTORE_NEWER when the file is beyond the list
 * @throws CdcError METASTORE_UNAVAILABLE when another program made the file, or a step fails
 */
export function migrate(connection: SqliteConnection, migrations: readonly Migration[]): void {
  checkOwner(connection);
  const version = pragma(connection, "user_version");
  if (version > migrations.length) {
    throw new CdcError(
      "METASTORE_NEWER",
      `metastore ${connection.path} has version ${version}, this service knows versions up to ${migrations.length}`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    connection.transaction(() => {
      connection.execute(migration);
      connection.execute(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** A wrong path must not put our tables into somebody else's database. */
function checkOwner(connection: SqliteConnection): void {
  const isEmpty = connection.rows(z.unknown(), "SELECT 1 FROM sqlite_schema LIMIT 1").length === 0;
  if (isEmpty || pragma(connection, "application_id") === APPLICATION_ID) return;
  throw new CdcError("METASTORE_UNAVAILABLE", `${connection.path} is the database of another program`);
}

function pragma(connection: SqliteConnection, name: "user_version" | "application_id"): number {
  const row = z.record(z.string(), z.bigint().transform(Number));
  return connection.rows(row, `PRAGMA ${name}`)[0]?.[name] ?? 0;
}
