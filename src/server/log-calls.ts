import type { Interceptor } from "@connectrpc/connect";
import { observeCalls } from "./observe-calls.js";
import type { ServerLogger } from "./server-logger.js";

/** One debug line for each call. */
export function logCalls(logger: ServerLogger, nowMs?: () => number): Interceptor {
  return observeCalls(({ durationMs, ...call }) => {
    logger.debug({ ...call, durationMs: Math.round(durationMs) }, "rpc answered");
  }, nowMs);
}
