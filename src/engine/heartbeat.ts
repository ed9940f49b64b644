import { linkedAbort, sleep, untilAborted } from "../async/abort.js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import type { RetryBoard } from "./retry-board.js";

const BEAT_EVERY_MS = 2_000;
/** Together with the time between beats, a silence is seen within ten seconds. */
const ANSWER_WITHIN_MS = 5_000;

export interface HeartbeatDeps {
  /** Whom it asks, in words. */
  readonly who: string;
  /** What it means that nobody answers. */
  readonly code: ErrorCode;
  readonly ping: (signal: AbortSignal) => Promise<unknown>;
  readonly retries: RetryBoard;
}

/**
 * Sees that somebody has stopped answering, also while nothing is asked of it, and long before a
 * request that is under way is given up: that one may be large, and slow for good reasons.
 */
export async function beat({ who, code, ping, retries }: HeartbeatDeps, signal: AbortSignal): Promise<never> {
  for (let attempts = 1; ; attempts++) {
    const sinceMs = performance.now();
    try {
      await answered(
        ping,
        new CdcError(code, `${who} does not answer within ${ANSWER_WITHIN_MS / 1_000} s`),
        signal,
      );
      retries.report(who, undefined);
      attempts = 0;
    } catch (error) {
      signal.throwIfAborted();
      retries.report(who, { error, attempts, delayMs: BEAT_EVERY_MS, sinceMs });
    }
    await sleep(BEAT_EVERY_MS, signal);
  }
}

async function answered(ping: HeartbeatDeps["ping"], silence: CdcError, signal: AbortSignal): Promise<void> {
  const limit = linkedAbort(signal);
  const timer = setTimeout(() => limit.abort(silence), ANSWER_WITHIN_MS);
  try {
    await untilAborted(ping(limit.signal), limit.signal);
  } finally {
    clearTimeout(timer);
    limit.unlink();
  }
}
