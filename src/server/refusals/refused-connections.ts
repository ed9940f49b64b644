import type * as http from "node:http";
import type * as https from "node:https";
import type * as net from "node:net";
import type * as tls from "node:tls";
import type { OnRefused } from "./refusal.js";

/** What OpenSSL says where a certificate has to be shown and none is. */
const NONE_SHOWN = "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE";

/** Tells of connections that a server ends before there is a request: too many, and certificates of clients. */
export function tellRefusedConnections(server: http.Server | https.Server, onRefused: OnRefused): void {
  server.on("drop", (dropped?: net.DropArgument) => {
    onRefused({ reason: "connections_open", protocol: "none", from: dropped?.remoteAddress });
  });
  if ("setSecureContext" in server) tellRefusedCertificates(server, onRefused);
}

function tellRefusedCertificates(server: https.Server, onRefused: OnRefused): void {
  const addresses = new WeakMap<object, string | undefined>();
  server.on("connection", (socket: net.Socket) => addresses.set(socket, socket.remoteAddress));
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    const fault = certificateFault(error, socket);
    if (fault === undefined) return; // no more than somebody who does not speak TLS, or left
    // it is closed by now, and does not know its address any more
    const below: unknown = Reflect.get(socket, "_parent");
    const from = typeof below === "object" && below !== null ? addresses.get(below) : undefined;
    onRefused({ reason: "certificate_refused", protocol: "none", from, fault });
  });
}

/** Of a certificate that was shown, the socket knows, while the error only says that there is no connection. */
function certificateFault(error: NodeJS.ErrnoException, socket: tls.TLSSocket): string | undefined {
  if (error.code === NONE_SHOWN) return error.code;
  // null, whatever the types say, where nothing is wrong with it
  const fault: unknown = socket.authorizationError;
  return typeof fault === "string" ? fault : undefined;
}
