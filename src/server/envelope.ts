import type { ContextValues, Transport } from "@connectrpc/connect";
import { answerFromError, failureAnswer, successAnswer, type EnvelopeAnswer } from "./envelope-answer.js";
import { EnvelopeRequestError, readEnvelope } from "./envelope-request.js";
import { JsonBodyError, parseJsonBody } from "./json-body.js";

/** Answers a body of `POST /cdc`; never throws. */
export type Envelope = (body: Uint8Array, call: EnvelopeCall) => Promise<EnvelopeAnswer>;

/** What goes along from the request into the call. */
interface EnvelopeCall {
  readonly headers: Headers;
  readonly context: ContextValues;
  readonly signal: AbortSignal;
}

/**
 * The documented HTTP API, as a thin coat over the RPCs: `transport` leads in
 * memory to the same handlers and interceptors, so there is one validation, one
 * error mapping, one log line.
 */
export function createEnvelope(transport: Transport): Envelope {
  return async (body, { headers, context, signal }) => {
    try {
      const { method, input } = readEnvelope(parseJsonBody(body));
      const response = await transport.unary(method, signal, undefined, headers, input, context);
      return successAnswer(method.output, response.message);
    } catch (error) {
      if (error instanceof JsonBodyError || error instanceof EnvelopeRequestError) {
        return failureAnswer(400, error.message);
      }
      return answerFromError(error);
    }
  };
}
