import type { AccessControl } from "../model/access-control.js";

/**
 * Who may do what on the source. No topic tells of it.
 *
 * @throws CdcError SOURCE_UNAVAILABLE; SOURCE_UNAUTHENTICATED also when the user may not read it
 */
export interface SourceAccess extends AsyncDisposable {
  listDatabases(signal: AbortSignal): Promise<readonly string[]>;
  /** Grants of these databases and of those that mean every database; all the rest in any case. */
  read(databases: readonly string[], signal: AbortSignal): Promise<AccessControl>;
}
