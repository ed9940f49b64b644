import { sleep } from "../async/abort.js";
import { retentionMarginMs } from "../model/retention-margin.js";
import type { Logger } from "../observability/logger.js";
import type { LogReader } from "../source/log-reader.js";
import type { ProgressKeeper } from "./progress-keeper.js";

const LOOK_EVERY_MS = 30_000;
/** While nothing is known, as of a task that has only begun to read; then later and later. */
const LOOK_AGAIN_MS = 1_000;
/** With less than this share of the retention left, the operator is warned. */
const LOW_SHARE = 0.25;

export interface RetentionWatchDeps {
  readonly reader: LogReader;
  readonly progress: ProgressKeeper;
  readonly logger: Logger;
}

/** Knows how long the log will still hold what the task needs, and warns before it is gone. */
export class RetentionWatch {
  readonly #deps: RetentionWatchDeps;
  #marginMs: number | undefined;
  #isLow = false;

  constructor(deps: RetentionWatchDeps) {
    this.#deps = deps;
  }

  /** As of the last look; undefined when nothing can be said. */
  get marginMs(): number | undefined {
    return this.#marginMs;
  }

  /** What the operator should know. */
  get warnings(): readonly string[] {
    if (!this.#isLow || this.#marginMs === undefined) return [];
    const minutes = Math.max(0, Math.floor(this.#marginMs / 60_000));
    return [
      `Kafka may delete what the task still needs in ${minutes} min; raise the retention of the source's topics until the task has caught up`,
    ];
  }

  /** Looks until the signal aborts. A log that does not answer is another's to report. */
  async run(signal: AbortSignal): Promise<never> {
    for (let waitMs = LOOK_AGAIN_MS; ; waitMs = Math.min(2 * waitMs, LOOK_EVERY_MS)) {
      await this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#deps.logger.debug({ err: error }, "retention of the log not known");
      });
      await sleep(this.#marginMs === undefined ? waitMs : LOOK_EVERY_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { reader, progress, logger } = this.#deps;
    const retention = await reader.retention(signal);
    const ends = new Map((await reader.ranges(signal)).map(({ channel, end }) => [channel, end]));
    const needs = progress.positions.map(({ channel, checkpoint, tick }) => ({
      tick,
      isAtEnd: checkpoint >= (ends.get(channel) ?? checkpoint),
      retentionMs: retention.get(channel),
    }));
    this.#marginMs = retentionMarginMs(needs, Date.now());
    const least = Math.min(...needs.map(({ retentionMs }) => retentionMs ?? Infinity));
    const wasLow = this.#isLow;
    this.#isLow = this.#marginMs !== undefined && this.#marginMs < least * LOW_SHARE;
    if (this.#isLow && !wasLow) logger.warn({ marginMs: this.#marginMs }, this.warnings[0]);
  }
}
