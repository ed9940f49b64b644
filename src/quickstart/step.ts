import { linkedAbort } from "../async/abort.js";
import { QuickstartError } from "./quickstart-error.js";

/** One bounded piece of the run. */
export interface Step {
  /** Completes "… did not end within 30 s"; for people. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs an action that has to end within its time. It waits for the action even when its
 * signal has aborted, since the action may have processes to end.
 *
 * @param action - has to end soon after its signal aborts
 * @throws QuickstartError when it takes too long; the signal's reason when that aborts; what the action throws
 */
export async function runStep<T>(step: Step, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { what, timeoutMs } = step;
  const linked = linkedAbort(step.signal);
  const timer = setTimeout(
    () => linked.abort(new QuickstartError(`${what} did not end within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    return await action(linked.signal);
  } catch (error) {
    linked.signal.throwIfAborted(); // whatever the abort has led to
    throw error;
  } finally {
    clearTimeout(timer);
    linked.unlink();
  }
}
