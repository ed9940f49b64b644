import { retrying, type BackoffOptions } from "../async/backoff.js";
import { CdcError } from "../model/errors.js";
import type { RetryInfo } from "./task-view.js";

const BACKOFF: BackoffOptions = { firstMs: 100, maxMs: 5_000 };
/** Who cannot be reached for this long is disconnected: a single lost connection is made anew at once. */
const DISCONNECTED_AFTER_MS = 2_000;

interface Failure {
  readonly error: unknown;
  readonly attempts: number;
  readonly delayMs: number;
  /** When it began, by `performance.now()`; now when absent. */
  readonly sinceMs?: number;
}

/** Everything of one task that fails at present and is tried again; what users see as its cause. */
export class RetryBoard {
  readonly #failures = new Map<string, RetryInfo>();
  readonly #onFailure: (place: string, info: RetryInfo) => void;

  constructor(onFailure: (place: string, info: RetryInfo) => void) {
    this.#onFailure = onFailure;
  }

  report(place: string, failure: Failure | undefined): void {
    if (failure === undefined) {
      this.#failures.delete(place);
      return;
    }
    const [now, clock] = [Date.now(), performance.now()];
    const info: RetryInfo = {
      error: CdcError.from(failure.error),
      attempts: failure.attempts,
      sinceMs: this.#failures.get(place)?.sinceMs ?? failure.sinceMs ?? clock,
      failedAtMs: now,
      nextTryAtMs: now + failure.delayMs,
    };
    this.#failures.set(place, info);
    this.#onFailure(place, info);
  }

  /** One that tells of a lost connection, which causes others; else the one that has been tried most often. */
  get worst(): RetryInfo | undefined {
    const now = performance.now();
    const weight = (info: RetryInfo): number => (isDisconnected(info, now) ? Infinity : info.attempts);
    return [...this.#failures.values()].reduce<RetryInfo | undefined>(
      (worst, info) => (worst === undefined || weight(info) > weight(worst) ? info : worst),
      undefined,
    );
  }

  /** Repeats an action while its errors are of the kind that is retried, visibly. */
  async retry<T>(place: string, action: (attempt: number) => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await retrying(
        action,
        {
          isRetried: (error, attempt) => CdcError.from(error).isRetriedAfter(attempt),
          onFailure: (error, attempts, delayMs) => this.report(place, { error, attempts, delayMs }),
        },
        BACKOFF,
        signal,
      );
    } finally {
      this.report(place, undefined);
    }
  }
}

/** Whether somebody has not been reached for too long for a connection that is made anew. */
export function isDisconnected({ error, sinceMs }: RetryInfo, nowMs: number): boolean {
  return error.code.endsWith("_UNAVAILABLE") && nowMs - sinceMs >= DISCONNECTED_AFTER_MS;
}
