import { emitted, type Emit } from "../async/emitted.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs, TaskId } from "../model/ids.js";
import { mapCollection } from "../model/name-mapping.js";
import { isSelected, type CollectionName } from "../model/selection.js";
import type { TaskRecord } from "../model/task.js";
import type { VerifiedTask } from "../model/verified-task.js";
import type { VerifyOptions, VerifyResult, VerifyUpdate } from "../model/verification.js";
import type { Metastore } from "../metastore/metastore.js";
import type { TaskHistory } from "./task-history.js";
import type { RowRepairs } from "./row-repairs.js";

/** A target that is further behind its source is compared as it is. */
const PASS_PATIENCE_MS = 60_000;

/** Compares the two sides of a task, given what it needs of it. */
export type Verify = (
  task: TaskRecord,
  verified: VerifiedTask,
  options: VerifyOptions,
  emit: Emit<VerifyUpdate>,
  signal: AbortSignal,
) => Promise<void>;

export interface TaskVerificationDeps {
  readonly metastore: Metastore;
  readonly verify: Verify;
  readonly find: (id: TaskId) => Promise<TaskRecord>;
  readonly isRunning: (id: TaskId) => boolean;
  readonly history: Pick<TaskHistory, "note">;
  /** Of a collection that is streaming now. */
  readonly repairsOf: (id: TaskId, collection: CollectionId) => RowRepairs | undefined;
}

/** Verifications of tasks, one at a time for each. */
export class TaskVerification {
  readonly #deps: TaskVerificationDeps;
  readonly #running = new Set<TaskId>();

  constructor(deps: TaskVerificationDeps) {
    this.#deps = deps;
  }

  run(id: TaskId, options: VerifyOptions, signal: AbortSignal): AsyncIterable<VerifyUpdate> {
    const isOlderProgress = (next: VerifyUpdate, last: VerifyUpdate): boolean =>
      next.kind === "progress" && last.kind === "progress";
    return emitted((emit, limit) => this.#run(id, options, emit, limit), isOlderProgress, signal);
  }

  async #run(
    id: TaskId,
    options: VerifyOptions,
    emit: Emit<VerifyUpdate>,
    signal: AbortSignal,
  ): Promise<void> {
    const task = await this.#deps.find(id);
    if (options.repair && !options.dryRun && !this.#deps.isRunning(id)) throw notStreaming(id);
    if (this.#running.has(id))
      throw new CdcError("TASK_STATE_CONFLICT", `task ${id} is being verified already`);
    this.#running.add(id);
    try {
      const observed: Emit<VerifyUpdate> = (update) => {
        if (update.kind === "result") this.#deps.history.note(id, resultText(update.result, options));
        emit(update);
      };
      await this.#deps.verify(task, this.#verified(task), options, observed, signal);
    } finally {
      this.#running.delete(id);
    }
  }

  #verified({ id, spec }: TaskRecord): VerifiedTask {
    const { metastore, isRunning, repairsOf } = this.#deps;
    return {
      get isRunning() {
        return isRunning(id);
      },
      isSelected: (source: CollectionName) => isSelected(spec, source),
      targetOf: (source: CollectionName) => mapCollection(spec.nameMappings, source),
      collections: () => metastore.listCollections(id),
      passed: async (collection, ts, signal) => {
        const repairs = repairsOf(id, collection);
        if (repairs !== undefined) await passed(repairs, ts, signal);
      },
      repair: async (collection, partition, keys, signal) => {
        const repairs = repairsOf(id, collection);
        if (repairs === undefined) throw notStreaming(id);
        return repairs.repair(partition, keys, signal);
      },
    };
  }
}

/** A result in a line, for the task's history. */
function resultText(
  { isEqual, isComplete, level, collections }: VerifyResult,
  { repair, dryRun }: VerifyOptions,
): string {
  const found = !isEqual
    ? "source and target differ"
    : isComplete
      ? "equal"
      : "no difference, not all compared";
  const counts = COUNTED.map(
    ([name, of]) => [collections.reduce((sum, one) => sum + one[of], 0n), name] as const,
  )
    .filter(([n]) => n > 0n)
    .map(([n, name]) => `${n} ${name}`);
  const how = repair ? (dryRun ? ", repair tried out" : ", repaired") : "";
  return `verified (${level}${how}): ${[found, `${collections.length} ${collections.length === 1 ? "collection" : "collections"}`, ...counts].join(", ")}`;
}

const COUNTED = [
  ["rows compared", "comparedRows"],
  ["missing", "missing"],
  ["extra", "extra"],
  ["differing", "differing"],
  ["duplicated", "duplicated"],
  ["of structure", "structure"],
  ["copied", "copied"],
  ["deleted", "deleted"],
] as const;

function notStreaming(id: TaskId): CdcError {
  return new CdcError("TASK_STATE_CONFLICT", `task ${id} does not replicate now, so it cannot repair rows`);
}

async function passed(repairs: RowRepairs, ts: HybridTs, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(PASS_PATIENCE_MS);
  try {
    await repairs.passed(ts, AbortSignal.any([signal, patience]));
  } catch {
    // the task stopped, or is too far behind: the target is taken as it is
    signal.throwIfAborted();
  }
}
