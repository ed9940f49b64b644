import { linkedAbort, untilAborted } from "../async/abort.js";
import { QuickstartError } from "./quickstart-error.js";

/** One bounded piece of the run. */
export interface Step {
  /** Completes "… did not end within 30 s"; for people. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs an action that has to end within its time.
 * @throws QuickstartError when it does not; the signal's reason when that aborts; what the action throws
 */
export async function runStep<T>(step: Step, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { what, timeoutMs, signal: parent } = step;
  const { signal, abort, unlink } = linkedAbort(parent);
  const timer = setTimeout(
    () => abort(new QuickstartError(`${what} did not end within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    return await untilAborted(action(signal), signal);
  } finally {
    clearTimeout(timer);
    unlink();
  }
}
