import type { ContextValues } from "@connectrpc/connect";
import type { Envelope } from "./envelope.js";
import { failureAnswer, type EnvelopeAnswer } from "./envelope-answer.js";
import { clientSignal, type HttpHandler, type HttpRequest, type HttpResponse } from "./http-exchange.js";
import { BodyError, readBody, type BodyLimits } from "./read-body.js";
import { replyJson } from "./reply.js";
import type { ServerLogger } from "./server-logger.js";

/** Serves `/cdc`. The content type does not matter: `curl -d` names a wrong one. */
export function createEnvelopeHandler(
  envelope: Envelope,
  limits: BodyLimits,
  logger: ServerLogger,
  contextOf: (request: HttpRequest) => ContextValues,
): HttpHandler {
  return (request, response) => {
    const reply = ({ status, body }: EnvelopeAnswer, headers?: Record<string, string>): void =>
      replyJson(request, response, status, body, headers);
    if (request.method !== "POST") {
      reply(failureAnswer(405, "only POST is supported here"), { allow: "POST" });
      return;
    }
    answer(envelope, request, response, limits, contextOf(request)).then(reply, (error: unknown) => {
      logger.error({ err: error }, "envelope failed");
      reply(failureAnswer(500, "internal error; the log of the service has the details"));
    });
  };
}

async function answer(
  envelope: Envelope,
  request: HttpRequest,
  response: HttpResponse,
  limits: BodyLimits,
  context: ContextValues,
) {
  try {
    const body = await readBody(request, limits);
    return await envelope(body, { headers: callHeaders(request), context, signal: clientSignal(response) });
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return failureAnswer(error.kind === "too-large" ? 413 : 408, error.message);
  }
}

/** Whose trace the call is part of. Who asks is in its context, and the others describe the body's transfer. */
const CALL_HEADERS = ["traceparent", "tracestate"];

function callHeaders({ headers }: HttpRequest): Headers {
  return new Headers(
    CALL_HEADERS.flatMap((name): [string, string][] => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
