/** Samples are taken about once a second, and an average goes over this many. */
const SAMPLES = 10;

interface Sample {
  readonly atMs: number;
  readonly values: readonly number[];
}

/** How fast some growing totals grow, on average over the last samples. */
export class RateMeter {
  #samples: readonly Sample[] = [];

  sample(atMs: number, values: readonly number[]): void {
    this.#samples = [...this.#samples, { atMs, values }].slice(-SAMPLES - 1);
  }

  /** Per second, in the order of the totals; empty before the second sample. */
  get perSecond(): readonly number[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return [];
    const seconds = (last.atMs - first.atMs) / 1_000;
    return last.values.map((value, i) => (value - (first.values[i] ?? 0)) / seconds);
  }
}
