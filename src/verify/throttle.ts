import { sleep } from "../async/abort.js";

/** Lets so many rows a second be read. Who reads more than that at once waits afterwards. */
export class Throttle {
  readonly #rowsPerSecond: number | undefined;
  #freeAtMs = 0;

  constructor(rowsPerSecond: number | undefined) {
    this.#rowsPerSecond = rowsPerSecond;
  }

  /** No more rows than a second's should be read at once. */
  get maxRows(): number | undefined {
    return this.#rowsPerSecond;
  }

  async read(rows: number, signal: AbortSignal): Promise<void> {
    if (this.#rowsPerSecond === undefined) return;
    const now = performance.now();
    this.#freeAtMs = Math.max(now, this.#freeAtMs) + (rows / this.#rowsPerSecond) * 1000;
    await sleep(Math.max(0, this.#freeAtMs - now), signal);
  }
}
