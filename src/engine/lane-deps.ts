import type { Slots } from "../async/slots.js";
import type { BlockedRecord } from "../model/blocked-record.js";
import type { Column, PrimaryKeys, RowInsert } from "../model/change-event.js";
import type { CdcError } from "../model/errors.js";
import type { ChannelName, CollectionId } from "../model/ids.js";
import type { NameMapping } from "../model/name-mapping.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { SkippedReason } from "../model/skipped.js";
import type { StructureStep } from "../model/structure.js";
import type { Applier } from "../sink/applier.js";
import type { RowSource } from "../source/row-source.js";
import type { BulkImport, SourceCatalogue } from "../source/source-catalogue.js";
import type { DatabaseKeeper } from "./database-keeper.js";
import type { NameLocks } from "./name-locks.js";
import type { RetryBoard } from "./retry-board.js";
import type { TaskCounters } from "./task-counters.js";

/** What lanes of one task share. */
export interface LaneDeps {
  readonly applier: Applier;
  readonly catalogue: SourceCatalogue;
  readonly rows: RowSource;
  /** Limits how many collections are copied at a time. */
  readonly slots: Slots;
  /** Whether collections may be loaded on the source to copy their rows. */
  readonly loadForSnapshot: boolean;
  /** Whether rows may be sent before their tick. */
  readonly earlyApply: boolean;
  readonly databases: DatabaseKeeper;
  readonly names: NameLocks;
  /**
   * Makes sure that no other task writes the same collection of the target, until the answered function is called.
   *
   * @throws CdcError TARGET_SHARED
   */
  readonly claim: (current: () => ReplicatedCollection) => Promise<() => void>;
  readonly nameMappings: readonly NameMapping[];
  readonly retries: RetryBoard;
  readonly counters: TaskCounters;
  readonly keysOf: (insert: RowInsert) => PrimaryKeys;
  /** The rows with these indexes, which ascend. */
  readonly selectRows: (columns: readonly Column[], rows: readonly number[]) => Column[];
  /** Remembers a changed collection durably. */
  readonly remember: (collection: ReplicatedCollection) => Promise<void>;
  /** Forgets a dropped collection durably. */
  readonly forget: (id: CollectionId) => Promise<void>;
  /** The rows of bulk imports are about to be copied. */
  readonly onImported: (collection: ReplicatedCollection, imports: readonly BulkImport[]) => void;
  /** All of its existing rows have been copied, among them those of this many bulk imports. */
  readonly onCopied: (collection: ReplicatedCollection, imports: number) => void;
  /** So many rows cannot be replicated. */
  readonly onSkipped: (collection: ReplicatedCollection, reason: SkippedReason, rows: number) => void;
  /** Whether an operator gave this record up. */
  readonly isGivenUp: (channel: ChannelName, offset: bigint) => boolean;
  /** Remembers a record, with its bytes, before its collection is shown as blocked. */
  readonly rememberBlocked: (record: BlockedRecord) => Promise<void>;
  readonly onBlocked: (collection: ReplicatedCollection, error: CdcError) => void;
  /** A difference of structure was made up for that no record of the log told of. */
  readonly onHealed: (collection: ReplicatedCollection, step: StructureStep) => void;
  /** Aborts when the task stops: nothing new is begun. */
  readonly stopping: AbortSignal;
  /** Aborts some time later: what is under way is cut. */
  readonly aborting: AbortSignal;
}
