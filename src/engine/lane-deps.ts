import type { PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { CdcError } from "../model/errors.js";
import type { CollectionId } from "../model/ids.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { Applier } from "../sink/applier.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import type { DatabaseKeeper } from "./database-keeper.js";
import type { NameLocks } from "./name-locks.js";
import type { RetryBoard } from "./retry-board.js";
import type { TaskCounters } from "./task-counters.js";

/** What lanes of one task share. */
export interface LaneDeps {
  readonly applier: Applier;
  readonly catalogue: SourceCatalogue;
  readonly databases: DatabaseKeeper;
  readonly names: NameLocks;
  readonly retries: RetryBoard;
  readonly counters: TaskCounters;
  readonly keysOf: (insert: RowInsert) => PrimaryKeys;
  /** Remembers a changed collection durably. */
  readonly remember: (collection: ReplicatedCollection) => Promise<void>;
  /** Forgets a dropped collection durably. */
  readonly forget: (id: CollectionId) => Promise<void>;
  readonly onBlocked: (collection: ReplicatedCollection, error: CdcError) => void;
  /** Aborts when the task stops: nothing new is begun. */
  readonly stopping: AbortSignal;
  /** Aborts some time later: what is under way is cut. */
  readonly aborting: AbortSignal;
}
