import type { Keyring } from "../keyring.js";
import { storedSpecRow } from "./rows.js";
import { isSealedNow, openSpec, sealSpec } from "./sealed-spec.js";
import type { SqliteConnection } from "./sqlite-connection.js";
import { statements } from "./statements.js";

/**
 * Seals with the current key what is not, so that a previous key is needed for one start only, and checks that all of it
 * opens. What stood there before is overwritten, and so is what SQLite has kept of rows that were deleted.
 *
 * @throws CdcError METASTORE_KEY_WRONG, METASTORE_UNAVAILABLE; nothing is changed then
 */
export function reseal(connection: SqliteConnection, keys: Keyring): void {
  const stored = connection.rows(storedSpecRow, statements.listSpecs);
  const opened = stored.map(({ id, spec }) => ({ id, spec, open: openSpec(spec, id, keys) }));
  const outdated = opened.filter(({ spec }) => !isSealedNow(spec, keys));
  if (outdated.length === 0) return;
  connection.execute("PRAGMA secure_delete = ON");
  connection.transaction(() => {
    for (const { id, open } of outdated)
      connection.run(statements.updateSpec, id, JSON.stringify(sealSpec(open, id, keys)));
  });
  connection.execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}
