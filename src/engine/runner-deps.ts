import type { ChangeEvent, Column, PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { Metastore } from "../metastore/metastore.js";
import type { MemoryBudget } from "./memory-budget.js";
import type { Logger } from "../observability/logger.js";
import type { Applier } from "../sink/applier.js";
import type { TargetAccess } from "../sink/target-access.js";
import type { LogReader } from "../source/log-reader.js";
import type { RowSource } from "../source/row-source.js";
import type { SourceAccess } from "../source/source-access.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import type { TargetClaims } from "./target-claims.js";
import type { TaskHistory } from "./task-history.js";

/** The outside world of one task. */
export interface RunnerDeps {
  readonly metastore: Metastore;
  readonly history: TaskHistory;
  readonly reader: LogReader;
  readonly catalogue: SourceCatalogue;
  readonly rows: RowSource;
  readonly applier: Applier;
  readonly decode: (value: Uint8Array) => ChangeEvent;
  readonly keyReader: (description: Uint8Array) => (insert: RowInsert) => PrimaryKeys;
  readonly selectRows: (columns: readonly Column[], rows: readonly number[]) => Column[];
  /** Those of the process. */
  readonly memory: MemoryBudget;
  readonly claims: TargetClaims;
  /** Roles and grants of both sides, when they are to be replicated. */
  readonly access: { readonly source: SourceAccess; readonly target: TargetAccess } | undefined;
  readonly logger: Logger;
}
