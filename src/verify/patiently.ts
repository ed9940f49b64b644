import { retrying } from "../async/backoff.js";
import { CdcError } from "../model/errors.js";

/** A server that does not answer for longer ends the verification. */
const PATIENCE_MS = 60_000;
const BACKOFF = { firstMs: 200, maxMs: 5_000 };

/** Asks again when a server fails, for a while. */
export function patiently<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const startMs = performance.now();
  const isRetried = (error: unknown): boolean => {
    const { action: policy, code } = CdcError.from(error);
    return policy === "retry" && code !== "INTERNAL" && performance.now() - startMs < PATIENCE_MS;
  };
  return retrying(action, { isRetried }, BACKOFF, signal);
}
