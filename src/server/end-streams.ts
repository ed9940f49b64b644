import type { Interceptor } from "@connectrpc/connect";
import { linkedAbort, untilAborted, type LinkedAbort } from "../async/abort.js";

/**
 * Ends every stream well when the server stops. Connect's own shutdownSignal
 * would abort unary calls too, which are allowed to finish.
 */
export function endStreams(stopping: AbortSignal): Interceptor {
  return (next) => async (request) => {
    if (!request.stream) return next(request);
    const call = linkedAbort(request.signal);
    const onStop = (): void => call.abort(stopping.reason);
    if (stopping.aborted) onStop();
    else stopping.addEventListener("abort", onStop, { once: true });
    const unlink = (): void => {
      stopping.removeEventListener("abort", onStop);
      call.unlink();
    };
    try {
      const response = await next({ ...request, signal: call.signal });
      return response.stream
        ? { ...response, message: untilStopped(response.message, call, stopping, unlink) }
        : response;
    } catch (error) {
      unlink();
      throw error;
    }
  };
}

async function* untilStopped<T>(
  messages: AsyncIterable<T>,
  call: LinkedAbort,
  stopping: AbortSignal,
  unlink: () => void,
): AsyncIterable<T> {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await untilAborted(iterator.next(), call.signal);
      if (result.done === true) return;
      yield result.value;
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    unlink();
    call.abort();
    // Not awaited: a source that waits for its client would keep the stream open.
    iterator.return?.().catch(() => undefined);
  }
}
