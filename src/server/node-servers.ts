import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { rejectBadRequest } from "./bad-request.js";
import type { HttpHandler } from "./http-exchange.js";
import { isDeclaredTooLarge } from "./read-body.js";
import type { ServerLimits } from "./server-options.js";

const TIMEOUT_CHECK_MS = 500;

/** For HTTP/1.1, cleartext or TLS, with its time-outs; not listening yet. */
export function createHttp1Server(
  limits: ServerLimits,
  handler: HttpHandler,
  tlsFiles: https.ServerOptions | undefined,
) {
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs,
    keepAliveTimeout: Math.min(65_000, limits.idleTimeoutMs),
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
  const server =
    tlsFiles === undefined
      ? http.createServer(options, handler)
      : https.createServer({ ...options, ...tlsFiles, handshakeTimeout: limits.headersTimeoutMs }, handler);
  server.maxConnections = limits.maxConnections;
  server.on("clientError", rejectBadRequest);
  // Node leads these to the listener above. Before a handshake has ended nothing can be said, and what is written all the
  // same waits for its end: then HTTP/2 finds somebody else's bytes in its way, on which Node ends the process.
  server.removeAllListeners("tlsClientError").on("tlsClientError", (_, socket: Duplex) => socket.destroy());
  server.on("checkContinue", (request, response) => {
    // A client that is not told to continue gets its 413 without sending the body in vain.
    if (!isDeclaredTooLarge(request, limits)) response.writeContinue();
    handler(request, response);
  });
  return server;
}

/** What still arrives of a message that was refused for its size counts as invalid: 64 MiB in frames of 16 KiB. */
const INVALID_FRAMES = 4_096;

/** For connections that turned out to speak HTTP/2; it never listens itself. */
export function createHttp2Server(limits: ServerLimits, handler: HttpHandler): http2.Http2Server {
  const settings = { maxConcurrentStreams: limits.maxStreamsPerConnection };
  const server = http2.createServer({ settings, maxSessionInvalidFrames: INVALID_FRAMES }, handler);
  // A client that speaks broken HTTP/2 is its own problem; Node has closed the session.
  server.on("sessionError", () => undefined);
  return server;
}
