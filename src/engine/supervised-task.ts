import { linkedAbort, sleep } from "../async/abort.js";
import { backoffMs } from "../async/backoff.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId } from "../model/ids.js";
import type { TaskRecord } from "../model/task.js";
import type { Logger } from "../observability/logger.js";
import type { RowRepairs } from "./row-repairs.js";
import type { TaskRunner } from "./task-runner.js";
import type { TaskObservation } from "./task-view.js";

const BACKOFF = { firstMs: 500, maxMs: 30_000 };
const HEALTHY_AFTER_MS = 60_000;
/** What is under way when a task stops may take this long; then it is cut, and replayed after the next start. */
const STOP_GRACE_MS = 800;

export interface SupervisedDeps {
  readonly createRunner: (task: TaskRecord) => TaskRunner;
  /** Goes on beside the runner, through its ends and starts, until the signal aborts. */
  readonly beside: (signal: AbortSignal) => Promise<void>;
  /** The task broke by an error of the service's own, and is about to be started again. */
  readonly onBroken: (error: CdcError) => void;
  /** The task failed for good. */
  readonly onFailed: (error: CdcError) => void;
  readonly logger: Logger;
}

/**
 * A running task, from start to stop. A runner that breaks with an error of
 * the service's own is made anew, as after a crash: nothing is lost by that.
 */
export class SupervisedTask {
  readonly #task: TaskRecord;
  readonly #deps: SupervisedDeps;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #runner: TaskRunner | undefined;
  #broken: TaskObservation["retry"];

  constructor(task: TaskRecord, deps: SupervisedDeps) {
    this.#task = task;
    this.#deps = deps;
    this.#ended = this.#runBoth();
  }

  observe(): TaskObservation | undefined {
    const observation = this.#runner?.observe();
    if (observation === undefined || this.#broken === undefined) return observation;
    return { ...observation, status: "retrying", retry: this.#broken };
  }

  /** The rows of a collection on their way; undefined while none are. */
  repairsOf(id: CollectionId): RowRepairs | undefined {
    return this.#runner?.repairsOf(id);
  }

  /** Resolves when everything has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the task stops"));
    await this.#ended;
  }

  async #runBoth(): Promise<void> {
    const { signal } = this.#stopping;
    const beside = this.#deps.beside(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#deps.logger.error({ err: error }, "what runs beside the task broke");
    });
    await this.#run();
    this.#stopping.abort(new Error("the task has ended"));
    await beside;
  }

  async #run(): Promise<void> {
    for (let attempts = 1; !this.#stopping.signal.aborted; attempts++) {
      const startedAtMs = performance.now();
      try {
        await this.#attempt();
      } catch (error) {
        const known = CdcError.from(error);
        if (known.action === "fail") {
          this.#deps.onFailed(known);
          return;
        }
        // one that ran well for long begins anew
        if (performance.now() - startedAtMs > HEALTHY_AFTER_MS) attempts = 1;
        await this.#pauseAfter(known, attempts);
      }
    }
  }

  async #attempt(): Promise<void> {
    const runner = this.#deps.createRunner(this.#task);
    this.#runner = runner;
    this.#broken = undefined;
    const linked = linkedAbort(this.#stopping.signal);
    const onAbort = (): void => runner.stop(STOP_GRACE_MS);
    linked.signal.addEventListener("abort", onAbort, { once: true });
    if (linked.signal.aborted) onAbort();
    try {
      await runner.run();
    } finally {
      linked.unlink();
    }
  }

  async #pauseAfter(error: CdcError, attempts: number): Promise<void> {
    const delayMs = backoffMs(attempts, BACKOFF);
    const now = Date.now();
    this.#broken = {
      error,
      attempts,
      sinceMs: performance.now(),
      failedAtMs: now,
      nextTryAtMs: now + delayMs,
    };
    this.#deps.logger.error({ err: error, attempts, delayMs }, "task broke, starting it again");
    this.#deps.onBroken(error);
    await sleep(delayMs, this.#stopping.signal).catch(() => undefined);
  }
}
