import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/** A call that was answered: never its message, which may hold secrets. */
export interface AnsweredCall {
  readonly rpc: string;
  /** `ok`, or Connect's name of the error. */
  readonly code: string;
  readonly durationMs: number;
}

/** Tells of each call when it is answered; of a stream, when it begins. */
export function observeCalls(
  onAnswered: (call: AnsweredCall) => void,
  nowMs: () => number = () => performance.now(),
): Interceptor {
  return (next) => async (request) => {
    const startedAtMs = nowMs();
    const tell = (code: string): void =>
      onAnswered({ rpc: request.method.name, code, durationMs: nowMs() - startedAtMs });
    try {
      const response = await next(request);
      tell("ok");
      return response;
    } catch (error) {
      tell(codeToString(ConnectError.from(error).code));
      throw error;
    }
  };
}
