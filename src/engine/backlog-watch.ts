import type { LogReader } from "../source/log-reader.js";
import type { ProgressKeeper } from "./progress-keeper.js";

export interface BacklogWatchDeps {
  readonly reader: LogReader;
  readonly progress: ProgressKeeper;
}

/** Knows how many records of the log are not durable on the target yet. */
export class BacklogWatch {
  readonly #deps: BacklogWatchDeps;
  #records: bigint | undefined;

  constructor(deps: BacklogWatchDeps) {
    this.#deps = deps;
  }

  /** As of the last look, ticks among them; undefined while nothing is known of the task's channels. */
  get records(): bigint | undefined {
    return this.#records;
  }

  /** @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED */
  async look(signal: AbortSignal): Promise<void> {
    const { reader, progress } = this.#deps;
    const ends = new Map((await reader.ranges(signal)).map(({ channel, end }) => [channel, end]));
    const counts = [...progress.checkpoints].map(
      ([channel, checkpoint]) => (ends.get(channel) ?? checkpoint) - checkpoint,
    );
    // what was read since the question can be beyond the answer
    this.#records =
      counts.length === 0 ? undefined : counts.reduce((sum, count) => (count > 0n ? sum + count : sum), 0n);
  }
}
