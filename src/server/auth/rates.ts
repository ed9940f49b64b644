interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * Bounds how often something is done in a second for each name; as often as in two may come at once. Names are those of
 * callers in the configuration, and of our own, so there are few.
 */
export class Rates {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
  }

  /** Counts once more; answers 0 when it may be done, else after how many milliseconds it may. */
  waitMs(name: string): number {
    const nowMs = this.#nowMs();
    const most = 2 * this.#perSecond;
    const bucket = this.#buckets.get(name) ?? { tokens: most, filledAtMs: nowMs };
    this.#buckets.set(name, bucket);
    bucket.tokens = Math.min(most, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * this.#perSecond);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000);
    bucket.tokens--;
    return 0;
  }
}
