import { setTimeout as sleep } from "node:timers/promises";
import { SandboxError } from "./sandbox-error.js";

/** What to wait for, how often to look and how long at most. */
export interface WaitOptions {
  /** Ends the sentence "gave up waiting for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks `isDone` every `intervalMs` until it answers true.
 * @throws SandboxError after `timeoutMs`; the signal's reason when aborted
 */
export async function waitUntil(isDone: () => Promise<boolean>, options: WaitOptions): Promise<void> {
  const { what, timeoutMs, intervalMs, signal } = options;
  const endAtMs = performance.now() + timeoutMs;
  while (!(await isDone())) {
    if (performance.now() > endAtMs)
      throw new SandboxError(`gave up waiting for ${what} after ${timeoutMs} ms`);
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined); // aborted: the reason is thrown below
    signal.throwIfAborted();
  }
  signal.throwIfAborted();
}
