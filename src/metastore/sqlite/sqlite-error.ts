import { SqliteError } from "libsql";
import { CdcError } from "../../model/errors.js";

const meanings: readonly (readonly [prefix: string, meaning: string])[] = [
  ["SQLITE_FULL", "has no space left on its disk"],
  ["SQLITE_READONLY", "cannot be written"],
  ["SQLITE_CANTOPEN", "cannot be opened"],
  ["SQLITE_IOERR", "cannot be read or written"],
  ["SQLITE_NOTADB", "is not a SQLite database"],
  ["SQLITE_CORRUPT", "is damaged"],
];

/** Whatever went wrong with the file at `path`, as METASTORE_UNAVAILABLE; errors of ours pass. */
export function unavailable(error: unknown, path: string): CdcError {
  if (error instanceof CdcError) return error;
  const code = sqliteCode(error);
  const meaning = meanings.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "failed";
  const detail = error instanceof Error ? error.message : String(error);
  return new CdcError("METASTORE_UNAVAILABLE", `metastore ${path} ${meaning}: ${detail}`, { cause: error });
}

/** Whether another connection, of this process or another, holds the file. */
export function isLocked(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_BUSY");
}

function sqliteCode(error: unknown): string {
  return error instanceof SqliteError ? error.code : "";
}
