import net from "node:net";
import tls from "node:tls";

const KEEP_ALIVE_MS = 60_000;

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** null without encryption. */
  readonly ssl: tls.ConnectionOptions | null;
  readonly onConnect: () => void;
}

/**
 * Makes kafkajs's sockets and ends them all at once. kafkajs itself waits for
 * pending answers before it lets go of a connection, and then for the other side.
 */
export class SessionSockets {
  readonly #sockets = new Set<net.Socket>();
  #isClosed = false;

  /** The `socketFactory` of kafkajs. */
  readonly create = ({ host, port, ssl, onConnect }: SocketRequest): net.Socket => {
    if (this.#isClosed) throw new Error("the session is closed");
    const socket =
      ssl === null
        ? net.connect({ host, port }, onConnect)
        : tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }), ...ssl }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  };

  close(): void {
    this.#isClosed = true;
    // an error makes kafkajs give up what waits for the socket
    for (const socket of this.#sockets) socket.destroy(new Error("the session is closed"));
  }
}
