import { sleep } from "../async/abort.js";
import type { TaskId } from "../model/ids.js";
import type { TaskObservation } from "./task-view.js";

/** How a running task was doing at one time. */
export interface TaskSample extends Pick<
  TaskObservation,
  "lagMs" | "rowsPerSecond" | "bytesPerSecond" | "backlogRecords"
> {
  readonly atMs: number;
}

const SAMPLE_EVERY_MS = 10_000;
const KEPT = 3_600_000 / SAMPLE_EVERY_MS;

/** The last hour of each task, in memory: for a look back, not for a record. */
export class TaskSamples {
  readonly #observe: () => Iterable<readonly [TaskId, TaskObservation]>;
  readonly #samples = new Map<TaskId, TaskSample[]>();

  constructor(observe: () => Iterable<readonly [TaskId, TaskObservation]>) {
    this.#observe = observe;
  }

  /** Takes a sample every ten seconds until the signal aborts. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(SAMPLE_EVERY_MS, signal);
      this.take(Date.now());
    }
  }

  /** Takes one sample of each task that runs. */
  take(atMs: number): void {
    for (const [id, { lagMs, rowsPerSecond, bytesPerSecond, backlogRecords }] of this.#observe()) {
      const samples = this.#samples.get(id) ?? [];
      samples.push({ atMs, lagMs, rowsPerSecond, bytesPerSecond, backlogRecords });
      if (samples.length > KEPT) samples.shift();
      this.#samples.set(id, samples);
    }
  }

  /** Oldest first. */
  of(id: TaskId): readonly TaskSample[] {
    return this.#samples.get(id) ?? [];
  }

  /** The task is gone. */
  forget(id: TaskId): void {
    this.#samples.delete(id);
  }
}
