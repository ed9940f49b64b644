import { sleep } from "../async/abort.js";
import type { Arrivals } from "./arrivals.js";
import type { MilvusSide } from "./milvus-side.js";

const INTERVAL_MS = 20;

/** What the watcher tells while it watches. */
export interface ArrivalListener {
  /** After each look. */
  onLook(): void;
  /** The target does not answer; at first because the collection is not there yet. */
  onError(error: unknown): void;
}

/** Looks at the target for rows that were written, again and again, until the signal aborts or `isDone`. */
export async function watchArrivals(
  target: MilvusSide,
  arrivals: Arrivals,
  listener: ArrivalListener,
  signal: AbortSignal,
  isDone: () => boolean = () => false,
): Promise<void> {
  while (!isDone()) {
    const first = arrivals.firstPending;
    if (first !== undefined) await look(target, arrivals, first, listener, signal);
    listener.onLook();
    await sleep(INTERVAL_MS, signal);
  }
}

async function look(
  target: MilvusSide,
  arrivals: Arrivals,
  first: number,
  listener: ArrivalListener,
  signal: AbortSignal,
): Promise<void> {
  try {
    const ids = await target.visibleIds(first, signal);
    arrivals.seen(ids, performance.now());
  } catch (error) {
    signal.throwIfAborted();
    listener.onError(error);
  }
}
