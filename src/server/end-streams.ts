import type { Interceptor } from "@connectrpc/connect";
import { linkedAbort } from "../async/abort.js";
import { messagesUntil } from "./messages-until.js";

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
    const end = (): void => {
      unlink();
      call.abort();
    };
    try {
      const response = await next({ ...request, signal: call.signal });
      return response.stream
        ? { ...response, message: untilStopped(messagesUntil(response.message, call.signal, end), stopping) }
        : response;
    } catch (error) {
      unlink();
      throw error;
    }
  };
}

async function* untilStopped<T>(messages: AsyncIterable<T>, stopping: AbortSignal): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
