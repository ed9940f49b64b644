import type { JsonObject } from "@bufbuild/protobuf";
import { constants } from "node:http2";
import type { Writable } from "node:stream";
import type { HttpRequest } from "./http-exchange.js";

/** What both versions' responses have in common; the overloads of their union cannot be called. */
export interface Reply extends Writable {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: number | string): unknown;
}

/** How much of an unwanted body is read on, and how long, before the connection is cut. */
const DRAIN_MAX_BYTES = 64 * 1024 * 1024;
const DRAIN_MAX_MS = 2000;

/** Answers with JSON. Does nothing when the client is gone or was answered. */
export function replyJson(
  request: HttpRequest,
  response: Reply,
  status: number,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  replyBytes(request, response, status, Buffer.from(text), {
    "content-type": "application/json",
    ...headers,
  });
}

/** The same, with a text. */
export function replyText(request: HttpRequest, response: Reply, contentType: string, text: string): void {
  replyBytes(request, response, 200, Buffer.from(text), { "content-type": contentType });
}

/** The same, with anything, or with nothing but headers. */
export function replyBytes(
  request: HttpRequest,
  response: Reply,
  status: number,
  bytes: Buffer | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  if (bytes !== undefined) response.setHeader("content-length", bytes.length);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendAndDrain(request, response, request.method === "HEAD" ? undefined : bytes);
}

/**
 * Ends the answer only after the body was read or enough of it: a connection
 * closed over unread bytes is reset, and the reset overtakes the answer, so the
 * client would see "connection reset" where we said 413.
 */
function sendAndDrain(request: HttpRequest, response: Reply, bytes: Buffer | undefined): void {
  const end = (): void => {
    // HTTP/2 needs no closed connection to be rid of the rest, but a reset after the answer. It must not be sent where
    // there is no rest, nor in the same turn: it overtakes the answer's end, and clients take the answer for cut off.
    response.end(() => {
      if ("stream" in request && !request.complete)
        setImmediate(() => request.stream.close(constants.NGHTTP2_NO_ERROR));
    });
  };
  if (!hasMoreBody(request) || bytes === undefined) {
    response.end(bytes);
    return;
  }
  if (request.httpVersionMajor === 1) response.setHeader("connection", "close");
  response.write(bytes);
  let drainedBytes = 0;
  const timer = setTimeout(end, DRAIN_MAX_MS);
  request.on("data", (chunk: Buffer) => {
    drainedBytes += chunk.length;
    if (drainedBytes > DRAIN_MAX_BYTES) end();
  });
  request
    .once("end", end)
    .once("close", () => clearTimeout(timer))
    .once("error", end);
  request.resume();
}

/** A request without a body is not `complete` either while its handler is first called. */
function hasMoreBody({ complete, destroyed, httpVersionMajor, headers }: HttpRequest): boolean {
  if (complete || destroyed) return false;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return hasBody || httpVersionMajor > 1;
}
