import { linkedAbort } from "../async/abort.js";
import { emitted, type Emit } from "../async/emitted.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs, TaskId } from "../model/ids.js";
import { summaryOf } from "../model/last-verification.js";
import { mapCollection } from "../model/name-mapping.js";
import { isSelected, partitionsOf, type CollectionName } from "../model/selection.js";
import type { TaskRecord } from "../model/task.js";
import type { VerifiedTask } from "../model/verified-task.js";
import type { VerifyOptions, VerifyResult, VerifyUpdate } from "../model/verification.js";
import { meetsSchedule } from "../model/verify-schedule.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Logger } from "../observability/logger.js";
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
  readonly logger: Logger;
  readonly verify: Verify;
  readonly find: (id: TaskId) => Promise<TaskRecord>;
  readonly isRunning: (id: TaskId) => boolean;
  readonly history: Pick<TaskHistory, "note">;
  /** Of a collection that is streaming now. */
  readonly repairsOf: (id: TaskId, collection: CollectionId) => RowRepairs | undefined;
}

/** A verification that goes on. */
interface Underway {
  readonly isScheduled: boolean;
  /** Resolves when it has ended. */
  cancel(): Promise<void>;
}

/** Verifications of tasks, one at a time for each. A scheduled one makes room for one that is asked for. */
export class TaskVerification {
  readonly #deps: TaskVerificationDeps;
  readonly #underway = new Map<TaskId, Underway>();

  constructor(deps: TaskVerificationDeps) {
    this.#deps = deps;
  }

  run(id: TaskId, options: VerifyOptions, signal: AbortSignal): AsyncIterable<VerifyUpdate> {
    const isOlderProgress = (next: VerifyUpdate, last: VerifyUpdate): boolean =>
      next.kind === "progress" && last.kind === "progress";
    return emitted(
      async (emit, limit) => {
        const task = await this.#deps.find(id);
        if (options.repair && !options.dryRun && !this.#deps.isRunning(id)) throw notStreaming(id);
        const underway = this.#underway.get(id);
        if (underway?.isScheduled === true) await underway.cancel();
        await this.#alone(id, false, limit, async (inner) => {
          const result = await this.#compare(task, options, emit, inner);
          this.#deps.history.note(id, resultText(result, options));
          emit({ kind: "result", result });
        });
      },
      isOlderProgress,
      signal,
    );
  }

  /** Stands in the history only when it came out otherwise than the last one, or the history would tell of nothing else. */
  async runScheduled(id: TaskId, options: VerifyOptions, signal: AbortSignal): Promise<void> {
    const task = await this.#deps.find(id);
    await this.#alone(id, true, signal, async (inner) => {
      const result = await this.#compare(task, options, () => undefined, inner);
      const { outcome, isRepaired } = task.lastVerification ?? {};
      if (isRepaired === true || summaryOf(result, 0).outcome !== outcome)
        this.#deps.history.note(id, resultText(result, options));
    });
  }

  async #alone(
    id: TaskId,
    isScheduled: boolean,
    signal: AbortSignal,
    action: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#underway.has(id))
      throw new CdcError("TASK_STATE_CONFLICT", `task ${id} is being verified already`);
    const linked = linkedAbort(signal);
    const running = action(linked.signal);
    const cancel = async (): Promise<void> => {
      linked.abort(new CdcError("TASK_STATE_CONFLICT", "it made room for a verification that was asked for"));
      await running.catch(() => undefined);
    };
    this.#underway.set(id, { isScheduled, cancel });
    try {
      await running;
    } catch (error) {
      // what was under way may have put the end of its connection into other words
      if (!signal.aborted) linked.signal.throwIfAborted();
      throw error;
    } finally {
      linked.unlink();
      this.#underway.delete(id);
    }
  }

  /** Its result is remembered before anybody is told of it. */
  async #compare(
    task: TaskRecord,
    options: VerifyOptions,
    emit: Emit<VerifyUpdate>,
    signal: AbortSignal,
  ): Promise<VerifyResult> {
    const results: VerifyResult[] = [];
    const observed: Emit<VerifyUpdate> = (update) => {
      if (update.kind === "result") results.push(update.result);
      else emit(update);
    };
    await this.#deps.verify(task, this.#verified(task), options, observed, signal);
    const [result] = results;
    if (result === undefined) throw new CdcError("INTERNAL", "a verification ended without a result");
    await this.#remember(task, result);
    return result;
  }

  async #remember({ id, spec, lastVerification }: TaskRecord, result: VerifyResult): Promise<void> {
    const { metastore, logger } = this.#deps;
    const atMs = Date.now();
    const scheduleMetAtMs = meetsSchedule(spec.verifySchedule, result.level)
      ? atMs
      : lastVerification?.scheduleMetAtMs;
    try {
      await metastore.saveVerification(id, {
        ...summaryOf(result, atMs),
        ...(scheduleMetAtMs !== undefined && { scheduleMetAtMs }),
      });
    } catch (error) {
      // who asked for it shall hear of it nonetheless
      logger.warn({ taskId: id, err: error }, "result of the verification not remembered");
    }
  }

  #verified({ id, spec }: TaskRecord): VerifiedTask {
    const { metastore, isRunning, repairsOf } = this.#deps;
    return {
      get isRunning() {
        return isRunning(id);
      },
      isSelected: (source: CollectionName) => isSelected(spec, source),
      partitionsOf: (source: CollectionName) => partitionsOf(spec, source),
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
