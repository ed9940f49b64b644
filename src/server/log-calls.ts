import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { ServerLogger } from "./server-logger.js";

/** One debug line for each call: never its message, which may hold secrets. */
export function logCalls(logger: ServerLogger, nowMs: () => number = () => performance.now()): Interceptor {
  return (next) => async (request) => {
    const startedAtMs = nowMs();
    const log = (code: string): void => {
      const durationMs = Math.round(nowMs() - startedAtMs);
      logger.debug({ rpc: request.method.name, code, durationMs }, "rpc answered");
    };
    try {
      const response = await next(request);
      log("ok");
      return response;
    } catch (error) {
      log(codeToString(ConnectError.from(error).code));
      throw error;
    }
  };
}
