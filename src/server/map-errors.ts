import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { rpcErrorFrom } from "./rpc-errors.js";
import type { ServerLogger } from "./server-logger.js";

/** Gives callers the mapped error, and the log what it leaves out. */
export function mapErrors(logger: ServerLogger): Interceptor {
  const mapped = (error: unknown, method: string, signal: AbortSignal): ConnectError => {
    // Whatever it is, the caller ended it, so nobody reads it and it is no fault of ours.
    if (signal.aborted && !(error instanceof ConnectError)) return ConnectError.from(error, Code.Canceled);
    const rpcError = rpcErrorFrom(error);
    if (rpcError.code === Code.Internal) logger.error({ err: error, rpc: method }, "rpc failed");
    return rpcError;
  };
  return (next) => async (request) => {
    try {
      const response = await next(request);
      if (!response.stream) return response;
      const onError = (error: unknown) => mapped(error, request.method.name, request.signal);
      return { ...response, message: mapStreamErrors(response.message, onError) };
    } catch (error) {
      throw mapped(error, request.method.name, request.signal);
    }
  };
}

async function* mapStreamErrors<T>(
  messages: AsyncIterable<T>,
  map: (error: unknown) => ConnectError,
): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    throw map(error);
  }
}
