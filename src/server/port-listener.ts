import { readFile } from "node:fs/promises";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type * as net from "node:net";
import * as tls from "node:tls";
import { CdcError } from "../model/errors.js";
import { rejectBadRequest } from "./bad-request.js";
import type { HttpHandler } from "./http-exchange.js";
import { isDeclaredTooLarge } from "./read-body.js";
import { sniffHttp2 } from "./sniff-http2.js";
import type { ServerLimits, ServerOptions, TlsOptions } from "./server-options.js";

const TIMEOUT_CHECK_MS = 500;

/** Where a server can be reached. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * One port for HTTP/1.1 and HTTP/2, cleartext or TLS. The HTTP/1.1 server
 * itself listens, since its time-outs and its tracking of connections run only
 * in a server that does; connections of HTTP/2 are handed on.
 */
export class PortListener {
  readonly #http1: http.Server | https.Server;
  readonly #http2: http2.Http2Server;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #undecided = new Set<net.Socket>();

  /** @throws CdcError LISTEN_FAILED when the TLS files are no use */
  static async create(
    options: ServerOptions,
    limits: ServerLimits,
    handler: HttpHandler,
  ): Promise<PortListener> {
    return new PortListener(limits, handler, options.tls && (await readTls(options.tls)));
  }

  private constructor(limits: ServerLimits, handler: HttpHandler, tlsFiles: https.ServerOptions | undefined) {
    this.#http2 = createHttp2(limits, handler);
    this.#http2.on("session", (session) => this.#track(session, limits.idleTimeoutMs));
    this.#http1 = createHttp1(limits, handler, tlsFiles);
    if (tlsFiles === undefined) this.#splitCleartext(limits.headersTimeoutMs);
    else this.#splitTls();
  }

  /** @throws CdcError LISTEN_FAILED */
  listen(host: string, port: number): Promise<ServerAddress> {
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void => {
        reject(
          new CdcError("LISTEN_FAILED", `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
        );
      };
      this.#http1.once("error", onError);
      this.#http1.listen(port, host, () => {
        this.#http1.off("error", onError);
        const address = this.#http1.address();
        resolve({ host, port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  /** Stops accepting, says GOAWAY, lets open requests end for `graceMs`, then cuts what is left. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http1.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    for (const socket of this.#undecided) socket.destroy();
    const timer = setTimeout(() => this.#cut(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  #cut(): void {
    for (const session of this.#sessions) session.destroy();
    this.#http1.closeAllConnections();
  }

  #track(session: http2.ServerHttp2Session, idleTimeoutMs: number): void {
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    // Lets open streams end; clients open another connection for their next call.
    session.setTimeout(idleTimeoutMs, () => session.close());
  }

  #splitCleartext(timeoutMs: number): void {
    const toHttp1 = takeListeners(this.#http1, "connection");
    this.#http1.on("connection", (socket: net.Socket) => {
      this.#undecided.add(socket);
      const settled = (): void => void this.#undecided.delete(socket);
      sniffHttp2(
        socket,
        timeoutMs,
        (isHttp2) => (isHttp2 ? this.#http2.emit("connection", socket) : toHttp1(socket)),
        settled,
      );
    });
  }

  #splitTls(): void {
    const toHttp1 = takeListeners(this.#http1, "secureConnection");
    this.#http1.on("secureConnection", (socket: tls.TLSSocket) => {
      if (socket.alpnProtocol === "h2") this.#http2.emit("connection", socket);
      else toHttp1(socket);
    });
  }
}

function createHttp1(limits: ServerLimits, handler: HttpHandler, tlsFiles: https.ServerOptions | undefined) {
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
  server.on("checkContinue", (request, response) => {
    // A client that is not told to continue gets its 413 without sending the body in vain.
    if (!isDeclaredTooLarge(request, limits)) response.writeContinue();
    handler(request, response);
  });
  return server;
}

function createHttp2(limits: ServerLimits, handler: HttpHandler): http2.Http2Server {
  const settings = { maxConcurrentStreams: limits.maxStreamsPerConnection };
  const server = http2.createServer({ settings, maxSessionInvalidFrames: 100 }, handler);
  // A client that speaks broken HTTP/2 is its own problem; Node has closed the session.
  server.on("sessionError", () => undefined);
  return server;
}

/** Removes a server's listeners of an event and gives one that calls them. */
function takeListeners(server: http.Server, event: string): (socket: net.Socket) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) Reflect.apply(listener, server, [socket]);
  };
}

async function readTls({ certPath, keyPath, caPath }: TlsOptions): Promise<https.ServerOptions> {
  try {
    const [cert, key, ca] = await Promise.all([
      readFile(certPath),
      readFile(keyPath),
      caPath === undefined ? undefined : readFile(caPath),
    ]);
    tls.createSecureContext({ cert, key, ca });
    const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
    return { cert, key, ...clients, ALPNProtocols: ["h2", "http/1.1"], minVersion: "TLSv1.2" };
  } catch (cause) {
    throw new CdcError("LISTEN_FAILED", "cannot use the files of `listen.tls`", { cause });
  }
}
