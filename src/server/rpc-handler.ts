import { createAsyncIterable, type UniversalHandler } from "@connectrpc/connect/protocol";
import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import { universalRequestFromNodeRequest } from "@connectrpc/connect-node";
import { checkedFrames, framedCall } from "./checked-frames.js";
import { connectBodyFormat, findBodyFault } from "./connect-body.js";
import { gunzipBody } from "./gunzip-body.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "./http-exchange.js";
import { limitBodyTime } from "./limit-body-time.js";
import { isDeclaredTooLarge, readBody, tooLarge, type BodyLimits } from "./read-body.js";
import { refuseFramed } from "./refuse.js";
import { answerRpc, replyRpcError } from "./rpc-answer.js";
import type { ServerLogger } from "./server-logger.js";

const FRAME_HEADER_BYTES = 5;

/**
 * Serves one RPC by gRPC, gRPC-Web and Connect. Stands in for Connect's own
 * Node adapter, which throws out of the server's listener (and so ends the
 * process) on a request without a usable Host, and prints to the console.
 */
export function createRpcHandler(
  rpc: UniversalHandler,
  limits: BodyLimits,
  logger: ServerLogger,
  contextOf: (request: HttpRequest) => ContextValues,
): HttpHandler {
  return (request, response) => {
    serve(rpc, request, response, limits, contextOf(request)).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) {
        logger.debug({ err: error, rpc: rpc.method.name }, "client went away");
        response.destroy();
      } else replyRpcError(request, response, error);
    });
  };
}

async function serve(
  rpc: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  limits: BodyLimits,
  context: ContextValues,
) {
  const format = connectBodyFormat(request.headers["content-type"]);
  if (format !== undefined && request.method === "POST" && rpc.method.methodKind === "unary") {
    return serveConnectUnary(rpc, request, response, limits, context, format);
  }
  // A message as large as may be has its frame's header on top.
  const inFrames = { maxBodyBytes: limits.maxBodyBytes + FRAME_HEADER_BYTES };
  if (request.httpVersionMajor === 1 && isDeclaredTooLarge(request, inFrames)) {
    refuseFramed(request, response, new ConnectError(tooLarge(limits).message, Code.ResourceExhausted));
    return;
  }
  if (rpc.method.methodKind === "unary") limitBodyTime(request, limits.bodyTimeoutMs);
  return answerRpc(request, response, await rpc(checkedRequest(rpc, request, response, limits, context)));
}

/** With frames that were looked at, where it is in frames. */
function checkedRequest(
  rpc: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  limits: BodyLimits,
  context: ContextValues,
) {
  const universal = universalRequest(request, response, context);
  const call = framedCall(rpc.method.input, universal.header);
  const { body } = universal;
  if (call === undefined || !isBytes(body)) return universal;
  return { ...universal, body: checkedFrames(body, call, limits) };
}

function isBytes(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** Its body is one message, so it can be looked at before Connect does, with better words for what is wrong. */
async function serveConnectUnary(
  rpc: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  limits: BodyLimits,
  context: ContextValues,
  format: "json" | "proto",
) {
  const universal = universalRequest(request, response, context);
  const encoding = universal.header.get("content-encoding") ?? "identity";
  const isGzip = encoding === "gzip";
  const raw = await readBody(request, limits);
  const body = isGzip ? await gunzipBody(raw, limits) : raw;
  if (isGzip) {
    universal.header.delete("content-encoding");
    universal.header.delete("content-length");
  }
  // Connect refuses other encodings itself.
  const isPlain = isGzip || encoding === "identity";
  const fault = isPlain ? findBodyFault(rpc.method.input, body, format) : undefined;
  if (fault !== undefined) throw fault;
  return answerRpc(request, response, await rpc({ ...universal, body: createAsyncIterable([body]) }));
}

function universalRequest(request: HttpRequest, response: HttpResponse, context: ContextValues) {
  try {
    return universalRequestFromNodeRequest(request, response, undefined, context);
  } catch (cause) {
    const text = "the request has no usable Host header; send the host and port of this service";
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}
