import { sleep } from "../async/abort.js";
import type { Slots } from "../async/slots.js";
import { CdcError } from "../model/errors.js";
import type { TaskId } from "../model/ids.js";
import type { TaskRecord } from "../model/task.js";
import type { VerifyOptions } from "../model/verification.js";
import { nextVerificationMs } from "../model/next-verification.js";
import { DEFAULT_SCHEDULED_LEVEL, type VerifySchedule } from "../model/verify-schedule.js";
import type { Logger } from "../observability/logger.js";
import type { TaskHistory } from "./task-history.js";
import type { TaskObservation } from "./task-view.js";

/** Of each side: a schedule that says nothing must not be felt by those who use the two Milvus. */
const DEFAULT_ROWS_PER_SECOND = 10_000;
/** Longer waits than a timer can have, and steps of the clock, are slept through in pieces. */
const LOOK_EVERY_MS = 60_000;
const NOT_READY_MS = 5_000;
const RETRY_MS = 300_000;
/** A target that is further behind would be called different for what is still to come. */
const MAX_LAG_MS = 30_000;

export interface ScheduledVerificationDeps {
  readonly find: (id: TaskId) => Promise<TaskRecord>;
  readonly observe: () => TaskObservation | undefined;
  readonly verify: (id: TaskId, options: VerifyOptions, signal: AbortSignal) => Promise<void>;
  /** Of all tasks: each verification reads both sides as fast as it may. */
  readonly slots: Slots;
  readonly history: Pick<TaskHistory, "note">;
  readonly logger: Logger;
}

/**
 * Compares both sides of a running task as often as it asks for. When the next time is follows from what is remembered
 * alone, so that a restart of the service neither skips one nor repeats one.
 */
export class ScheduledVerification {
  readonly #id: TaskId;
  readonly #schedule: VerifySchedule;
  readonly #deps: ScheduledVerificationDeps;
  #failure: string | undefined;

  constructor(id: TaskId, schedule: VerifySchedule, deps: ScheduledVerificationDeps) {
    this.#id = id;
    this.#schedule = schedule;
    this.#deps = deps;
  }

  /** Rejects when the signal aborts. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) await sleep(await this.#turn(signal), signal);
  }

  /** Answers in how many milliseconds to look again. */
  async #turn(signal: AbortSignal): Promise<number> {
    try {
      const waitMs = dueInMs(await this.#deps.find(this.#id), this.#schedule);
      if (waitMs > 0) return Math.min(waitMs, LOOK_EVERY_MS);
      if (!isReady(this.#deps.observe())) return NOT_READY_MS;
      await this.#deps.slots.run(() => this.#deps.verify(this.#id, this.#options, signal), signal);
      this.#failure = undefined;
    } catch (error) {
      if (!signal.aborted) this.#tell(CdcError.from(error));
    }
    // also after a success, which the metastore may not have taken
    return Math.min(RETRY_MS, this.#schedule.everySeconds * 1000);
  }

  get #options(): VerifyOptions {
    const { level = DEFAULT_SCHEDULED_LEVEL, maxRowsPerSecond = DEFAULT_ROWS_PER_SECOND } = this.#schedule;
    return { level, maxRowsPerSecond, repair: false, dryRun: false };
  }

  /** A side that is away for long is told of once, and one that was asked for meanwhile is no failure. */
  #tell(error: CdcError): void {
    if (error.code === "TASK_STATE_CONFLICT") return;
    const text = `${error.code}: ${error.message}`;
    this.#deps.logger.warn({ err: error }, "scheduled verification failed");
    if (text !== this.#failure) this.#deps.history.note(this.#id, `scheduled verification failed: ${text}`);
    this.#failure = text;
  }
}

function dueInMs(task: TaskRecord, { everySeconds }: VerifySchedule): number {
  const waitMs = (nextVerificationMs(task) ?? Infinity) - Date.now();
  // the clock was set back
  return waitMs > everySeconds * 1000 ? 0 : waitMs;
}

/** A collection that is blocked stays different whatever is waited for; the others are compared nonetheless. */
function isReady(observation: TaskObservation | undefined): boolean {
  if (observation === undefined || (observation.lagMs ?? 0) > MAX_LAG_MS) return false;
  return observation.collections.every(({ phase }) => phase === "streaming" || phase === "blocked");
}
