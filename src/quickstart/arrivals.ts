/** How many of the latest lags the percentiles are of. */
const WINDOW = 1_000;

/** Rows so far, and how long they took. Lags are undefined before the first arrival. */
export interface ArrivalSummary {
  readonly written: number;
  readonly arrived: number;
  readonly lagP50Ms: number | undefined;
  readonly lagMaxMs: number | undefined;
}

/**
 * Measures each row's lag: from the source's acknowledgement to the end of the first query
 * that saw the row on the target. It is never taken for less than it was.
 */
export class Arrivals {
  /** When the source acknowledged it, by id, in the order of writing. */
  readonly #pending = new Map<number, number>();
  readonly #window: number;
  readonly #lagsMs: number[] = [];
  #written = 0;

  constructor(window = WINDOW) {
    this.#window = window;
  }

  /** The smallest id the target was not seen with; undefined when none is missing. */
  get firstPending(): number | undefined {
    return this.#pending.size === 0 ? undefined : Math.min(...this.#pending.keys());
  }

  acknowledged(ids: readonly number[], atMs: number): void {
    for (const id of ids) this.#pending.set(id, atMs);
    this.#written += ids.length;
  }

  /** Ids that were not acknowledged, or were seen before, are passed over. */
  seen(ids: readonly number[], atMs: number): void {
    for (const id of ids) {
      const acknowledgedAtMs = this.#pending.get(id);
      if (acknowledgedAtMs === undefined) continue;
      this.#pending.delete(id);
      this.#lagsMs.push(atMs - acknowledgedAtMs);
    }
    this.#lagsMs.splice(0, this.#lagsMs.length - this.#window);
  }

  summary(): ArrivalSummary {
    const sorted = [...this.#lagsMs].sort((a, b) => a - b);
    return {
      written: this.#written,
      arrived: this.#written - this.#pending.size,
      lagP50Ms: sorted[Math.ceil(sorted.length / 2) - 1],
      lagMaxMs: sorted.at(-1),
    };
  }
}

/** One line of text about arrivals. */
export function renderArrivals({ written, arrived, lagP50Ms, lagMaxMs }: ArrivalSummary): string {
  const seconds = (ms: number | undefined): string =>
    ms === undefined ? "–" : `${(ms / 1000).toFixed(2)} s`;
  const waiting = written === arrived ? "" : `, ${written - arrived} on their way`;
  return `rows written ${written}, on the target ${arrived}${waiting}; lag p50 ${seconds(lagP50Ms)}, max ${seconds(lagMaxMs)}`;
}
