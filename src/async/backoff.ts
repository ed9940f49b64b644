import { sleep } from "./abort.js";

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Doubles from try to try, up to a bound, with a random quarter off so that many don't retry as one. */
export function backoffMs(attempt: number, { firstMs, maxMs }: BackoffOptions, random = Math.random): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - random() / 4));
}

export interface RetryHooks {
  /** Tells whether the error of the n-th try is worth another one; thrown to the caller if not. */
  readonly isRetried: (error: unknown, attempt: number) => boolean;
  readonly onFailure?: (error: unknown, attempts: number, delayMs: number) => void;
  readonly onSuccess?: () => void;
}

/** Calls `action` until it succeeds, the error is not retried, or the signal aborts. */
export async function retrying<T>(
  action: (attempt: number) => Promise<T>,
  hooks: RetryHooks,
  backoff: BackoffOptions,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await action(attempt);
      hooks.onSuccess?.();
      return result;
    } catch (error) {
      if (signal.aborted || !hooks.isRetried(error, attempt)) throw error;
      const delayMs = backoffMs(attempt, backoff);
      hooks.onFailure?.(error, attempt, delayMs);
      await sleep(delayMs, signal);
    }
  }
}
