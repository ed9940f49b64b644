import type { RowCopy } from "../model/row-copy.js";
import type { CopyView } from "./task-view.js";

/** The rate is that of this stretch of time. */
const WINDOW_MS = 10_000;

/** How fast a copy has been going of late. */
export class CopyRate {
  readonly #now: () => number;
  readonly #wallClock: () => number;
  #samples: { readonly atMs: number; readonly rows: number }[] = [];

  /** The rate goes by a clock that is never set: samples of a later time would stay until it comes. */
  constructor(now = () => performance.now(), wallClock = () => Date.now()) {
    this.#now = now;
    this.#wallClock = wallClock;
  }

  add(rows: number): void {
    const atMs = this.#now();
    this.#samples = this.#samples.filter((sample) => atMs - sample.atMs < WINDOW_MS);
    this.#samples.push({ atMs, rows });
  }

  view({ copiedRows, totalRows }: RowCopy): CopyView {
    const rowsPerSecond = this.#rowsPerSecond();
    const left = totalRows === undefined ? undefined : Math.max(0, Number(totalRows - copiedRows));
    const isKnown = left !== undefined && rowsPerSecond > 0;
    return {
      copiedRows,
      totalRows,
      rowsPerSecond,
      estimatedEndMs: isKnown ? this.#wallClock() + (left / rowsPerSecond) * 1_000 : undefined,
    };
  }

  #rowsPerSecond(): number {
    const now = this.#now();
    const recent = this.#samples.filter(({ atMs }) => now - atMs < WINDOW_MS);
    const [first] = recent;
    if (first === undefined || now <= first.atMs) return 0;
    // the first sample's rows were copied before its moment
    const rows = recent.slice(1).reduce((sum, sample) => sum + sample.rows, 0);
    return (rows * 1_000) / (now - first.atMs);
  }
}
