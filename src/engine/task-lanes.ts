import { Slots } from "../async/slots.js";
import type { TaskRecord } from "../model/task.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionName } from "../model/selection.js";
import type { BulkImport } from "../source/source-catalogue.js";
import type { BlockedRecords } from "./blocked-records.js";
import type { DatabaseKeeper } from "./database-keeper.js";
import type { LaneDeps } from "./lane-deps.js";
import { LaneSet } from "./lane-set.js";
import { NameLocks } from "./name-locks.js";
import type { RetryBoard } from "./retry-board.js";
import type { RunnerDeps } from "./runner-deps.js";
import type { TaskCounters } from "./task-counters.js";

/** Collections whose existing rows are copied at a time. */
const COPIES_AT_ONCE = 3;

/** What lanes need of the task that they belong to. */
export interface TaskParts {
  readonly retries: RetryBoard;
  readonly counters: TaskCounters;
  readonly databases: DatabaseKeeper;
  readonly blocked: BlockedRecords;
  /** Remembers what happened to a collection. */
  readonly note: (text: string, collection: CollectionName) => void;
  readonly onFailure: (error: unknown) => void;
  readonly stopping: AbortSignal;
  readonly aborting: AbortSignal;
}

/** The lanes of a task, which tell its counters, its log and its history of what happens to them. */
export function createLanes(task: TaskRecord, deps: RunnerDeps, parts: TaskParts): LaneSet {
  const { metastore, catalogue, applier, rows, keyReader, selectRows } = deps;
  const { retries, counters, databases, blocked, stopping, aborting, onFailure } = parts;
  const { id, spec } = task;
  const stored = <T>(action: () => Promise<T>): Promise<T> => retries.retry("metastore", action, stopping);
  const remember = (collection: ReplicatedCollection): Promise<void> =>
    stored(() => metastore.saveCollection(id, collection));
  const shared = {
    applier,
    catalogue,
    rows,
    selectRows,
    slots: new Slots(COPIES_AT_ONCE),
    loadForSnapshot: spec.loadForSnapshot,
    earlyApply: spec.earlyApply ?? true,
    databases,
    names: new NameLocks(),
    claim: (current: () => ReplicatedCollection) => stored(() => deps.claims.take(task, current)),
    nameMappings: spec.nameMappings,
    retries,
    counters,
    remember,
    forget: (collectionId: bigint) => stored(() => metastore.deleteCollection(id, collectionId)),
    isGivenUp: blocked.isGivenUp.bind(blocked),
    rememberBlocked: blocked.remember.bind(blocked),
    stopping,
    aborting,
  };
  const lanes: LaneSet = new LaneSet({
    task,
    catalogue,
    retries,
    stopping,
    remember,
    laneDeps: (collection) => ({
      ...shared,
      ...listeners(deps, parts, () => lanes),
      keysOf: keyReader(collection.description),
    }),
    onFailure,
  });
  return lanes;
}

type Listeners = Pick<LaneDeps, "onImported" | "onCopied" | "onSkipped" | "onBlocked" | "onHealed">;

function listeners({ logger }: RunnerDeps, { counters, note }: TaskParts, lanes: () => LaneSet): Listeners {
  return {
    onImported: ({ source }, imports) =>
      logger.info({ ...source, ...sumOf(imports) }, "rows came by bulk import: they are copied"),
    onCopied: ({ source, copy }, imports) => {
      counters.healed += BigInt(imports);
      const copied = copy?.copiedRows.toString();
      logger.info({ ...source, rows: copied }, "snapshot ended");
      note(`snapshot ended, ${copied ?? "no"} rows copied`, source);
    },
    onSkipped: ({ id, source }, reason, rows) => {
      counters.skipped(reason, rows);
      lanes().get(id)?.skipped.add(reason, rows);
      logger.warn({ ...source, ...reason, rows }, "rows skipped");
    },
    onBlocked: ({ source }, error) => {
      logger.error({ ...source, err: error }, "collection blocked");
      note(`blocked: ${error.code}: ${error.message}`, source);
    },
    onHealed: ({ source }, step) => {
      counters.healed++;
      logger.info({ ...source, step }, "difference healed");
    },
  };
}

function sumOf(imports: readonly BulkImport[]): { imports: string[]; rows: string } {
  const rows = imports.reduce((sum, one) => sum + one.rows, 0n);
  return { imports: imports.map(({ id }) => id.toString()), rows: rows.toString() };
}
