import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Span,
  type TextMapGetter,
  type Tracer,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/** Not those that probes and tools call, every few seconds. */
const TRACED = "milvus.cdc.";

const traceContext = new W3CTraceContextPropagator();
const headers: TextMapGetter<Headers> = {
  get: (carrier, key) => carrier.get(key) ?? undefined,
  keys: (carrier) => [...carrier.keys()],
};

/** A span for each call, below the caller's when it tells of one; of a stream, until its end. */
export function traceCalls(tracer: Tracer): Interceptor {
  return (next) => async (request) => {
    const { typeName: service } = request.service;
    if (!service.startsWith(TRACED)) return next(request);
    const { name: method } = request.method;
    const parent = traceContext.extract(ROOT_CONTEXT, request.header, headers);
    const attributes = { "rpc.system": "connect_rpc", "rpc.service": service, "rpc.method": method };
    const span = tracer.startSpan(`${service}/${method}`, { kind: SpanKind.SERVER, attributes }, parent);
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: untilEnd(response.message, span) };
      span.end();
      return response;
    } catch (error) {
      endFailed(span, error);
      throw error;
    }
  };
}

async function* untilEnd<T>(messages: AsyncIterable<T>, span: Span): AsyncGenerator<T, void> {
  try {
    yield* messages;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
    throw error;
  } finally {
    span.end(); // also when the client has gone
  }
}

/** By its code alone: a message may hold what is nobody's business. */
function endFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
  span.setAttribute("rpc.connect_rpc.error_code", codeOf(error));
  span.end();
}

function codeOf(error: unknown): string {
  return codeToString(ConnectError.from(error).code);
}
