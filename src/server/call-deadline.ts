import { isMessage } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { linkedAbort, untilAborted } from "../async/abort.js";

const DEFAULT_CONNECT_TIMEOUT_SECONDS = 10;

/** Answers a unary call within a time, also where its implementation hangs; streams live as long as they like. */
export function callDeadline(deadlineMs: number): Interceptor {
  return (next) => async (request) => {
    if (request.stream) return next(request);
    const limitMs = deadlineMs + connectTimeoutMs(request.message);
    const call = linkedAbort(request.signal);
    const timer = setTimeout(() => call.abort(tooSlow(limitMs)), limitMs);
    try {
      return await untilAborted(next({ ...request, signal: call.signal }), call.signal);
    } finally {
      clearTimeout(timer);
      call.unlink();
    }
  };
}

/** What a create may spend on reaching the target comes on top. */
function connectTimeoutMs(message: unknown): number {
  if (!isMessage(message, CreateTaskRequestSchema)) return 0;
  const seconds = message.milvusConnectParam?.connectTimeout ?? 0;
  return 1000 * (seconds === 0 ? DEFAULT_CONNECT_TIMEOUT_SECONDS : seconds);
}

function tooSlow(limitMs: number): ConnectError {
  const text = `no result within ${limitMs / 1000} s; it may still come, get the task to see its state`;
  return new ConnectError(text, Code.DeadlineExceeded);
}
