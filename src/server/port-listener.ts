import type * as http from "node:http";
import type * as http2 from "node:http2";
import type * as https from "node:https";
import type * as net from "node:net";
import type * as tls from "node:tls";
import { CdcError } from "../model/errors.js";
import type { HttpHandler } from "./http-exchange.js";
import { createHttp1Server, createHttp2Server } from "./node-servers.js";
import type { OnRefused } from "./refusals/refusal.js";
import { tellRefusedConnections } from "./refusals/refused-connections.js";
import { sniffHttp2 } from "./sniff-http2.js";
import type { ServerLimits } from "./server-options.js";

const IDLE_CHECK_MS = 50;

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
  /** All of them; those in a TLS handshake are nowhere else. */
  readonly #connections = new Set<net.Socket>();

  /** @param tlsFiles - cleartext when undefined */
  constructor(
    limits: ServerLimits,
    handler: HttpHandler,
    tlsFiles: https.ServerOptions | undefined,
    onRefused: OnRefused,
  ) {
    this.#http2 = createHttp2Server(limits, handler);
    this.#http1 = createHttp1Server(limits, handler, tlsFiles);
    tellRefusedConnections(this.#http1, onRefused);
    const toHttp2 = (socket: net.Socket): void => this.#toHttp2(socket, limits.idleTimeoutMs);
    if (tlsFiles === undefined) this.#splitCleartext(limits.headersTimeoutMs, toHttp2);
    else this.#splitTls(toHttp2);
    this.#http1.on("connection", (socket: net.Socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
  }

  /** Shows another certificate, and asks for others, in connections that begin from now on. */
  setTls({ cert, key, ca, minVersion }: https.ServerOptions): void {
    if ("setSecureContext" in this.#http1) this.#http1.setSecureContext({ cert, key, ca, minVersion });
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
    // Node closes connections that are idle now, but not those that become so: clients keep them open.
    const idle = setInterval(() => this.#http1.closeIdleConnections(), IDLE_CHECK_MS);
    const timer = setTimeout(() => this.#cut(), graceMs);
    await closed;
    clearInterval(idle);
    clearTimeout(timer);
  }

  #cut(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#connections) socket.destroy();
  }

  #track(session: http2.ServerHttp2Session, socket: net.Socket, idleTimeoutMs: number): void {
    let openStreams = 0;
    let isIdle = false;
    // Node does not see that it has ended a session itself, over a flood of resets, and would never close it
    const endIfDone = (): void => {
      if (!isIdle || openStreams > 0) return;
      session.destroy();
      // of one that was told to close, Node only ends its own side, and the client could leave it so for ever
      socket.destroy();
    };
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    session.on("stream", (stream) => {
      openStreams++;
      stream.once("close", () => {
        openStreams--;
        endIfDone();
      });
    });
    // Lets open streams end; clients open another connection for their next call.
    session.setTimeout(idleTimeoutMs, () => {
      isIdle = true;
      session.close();
      endIfDone();
    });
  }

  #splitCleartext(timeoutMs: number, toHttp2: (socket: net.Socket) => void): void {
    const toHttp1 = takeListeners(this.#http1, "connection");
    this.#http1.on("connection", (socket: net.Socket) => {
      this.#undecided.add(socket);
      const settled = (): void => void this.#undecided.delete(socket);
      sniffHttp2(socket, timeoutMs, (isHttp2) => (isHttp2 ? toHttp2(socket) : toHttp1(socket)), settled);
    });
  }

  #splitTls(toHttp2: (socket: net.Socket) => void): void {
    const toHttp1 = takeListeners(this.#http1, "secureConnection");
    this.#http1.on("secureConnection", (socket: tls.TLSSocket) => {
      if (socket.alpnProtocol === "h2") toHttp2(socket);
      else {
        toHttp1(socket);
        readAsStream(socket);
      }
    });
  }

  #toHttp2(socket: net.Socket, idleTimeoutMs: number): void {
    // those of a server of HTTP/1.1 may stay half open, and a session would not see that its client has gone
    socket.allowHalfOpen = false;
    // it begins within the call
    this.#http2.once("session", (session) => this.#track(session, socket, idleTimeoutMs));
    this.#http2.emit("connection", socket);
  }
}

/**
 * Node reads HTTP/1.1 below its streams while nobody listens there. Over TLS, what it has deciphered then goes to a
 * parser that is paused, because the answer before is still being written, and the request ends with a 400 (HPE_PAUSED).
 */
function readAsStream(socket: tls.TLSSocket): void {
  socket.on("data", () => undefined);
}

/** Removes a server's listeners of an event and gives one that calls them. */
function takeListeners(server: http.Server, event: string): (socket: net.Socket) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) Reflect.apply(listener, server, [socket]);
  };
}
