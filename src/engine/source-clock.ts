import { physicalMs, type HybridTs } from "../model/ids.js";

/** What is ahead of the expected time by no more than this is believed. */
const TOLERANCE_MS = 5_000;

/**
 * Tells timestamps that the source cannot have given out yet. A tick of one would say that
 * everything is durable, for ever; a row of one would wait for its tick for ever.
 *
 * The clocks of source and service may differ by anything, so the source itself is asked whenever
 * a timestamp looks late, and the difference is remembered.
 */
export class SourceClock {
  readonly #ask: () => Promise<HybridTs>;
  #latest: HybridTs = 0n;
  /** By a clock that is never set. Before the first answer, everything is asked about. */
  #aheadMs = -Infinity;

  /** `ask` tells the source's time. */
  constructor(ask: () => Promise<HybridTs>) {
    this.#ask = ask;
  }

  /** Whether the source may have given out this timestamp by now; without asking where that is not needed. */
  hasReached(ts: HybridTs): boolean | Promise<boolean> {
    if (ts <= this.#latest || physicalMs(ts) <= performance.now() + this.#aheadMs + TOLERANCE_MS) return true;
    return this.#askAbout(ts);
  }

  async #askAbout(ts: HybridTs): Promise<boolean> {
    const now = await this.#ask();
    if (now > this.#latest) this.#latest = now;
    this.#aheadMs = physicalMs(now) - performance.now();
    return ts <= this.#latest;
  }
}
