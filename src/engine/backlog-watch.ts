import { sleep } from "../async/abort.js";
import type { Logger } from "../observability/logger.js";
import type { LogReader } from "../source/log-reader.js";
import type { ProgressKeeper } from "./progress-keeper.js";

const LOOK_EVERY_MS = 5_000;

export interface BacklogWatchDeps {
  readonly reader: LogReader;
  readonly progress: ProgressKeeper;
  readonly logger: Logger;
}

/** Knows how many records of the log are not durable on the target yet. */
export class BacklogWatch {
  readonly #deps: BacklogWatchDeps;
  #records: bigint | undefined;

  constructor(deps: BacklogWatchDeps) {
    this.#deps = deps;
  }

  /** As of the last look, ticks among them; undefined before the first. */
  get records(): bigint | undefined {
    return this.#records;
  }

  /** Looks until the signal aborts. A log that does not answer is another's to report. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#deps.logger.debug({ err: error }, "end of the log not known");
      });
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { reader, progress } = this.#deps;
    const ends = new Map((await reader.ranges(signal)).map(({ channel, end }) => [channel, end]));
    const counts = progress.positions.map(
      ({ channel, checkpoint }) => (ends.get(channel) ?? checkpoint) - checkpoint,
    );
    // what was read since the question can be beyond the answer
    this.#records = counts.reduce((sum, count) => (count > 0n ? sum + count : sum), 0n);
  }
}
