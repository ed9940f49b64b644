import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

/** A server that takes connections and never answers. */
export class BlackHole implements AsyncDisposable {
  readonly #server = net.createServer((socket) => {
    this.#sockets.add(socket);
    socket.resume();
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  });
  readonly #sockets = new Set<net.Socket>();

  static async open(): Promise<BlackHole> {
    const hole = new BlackHole();
    hole.#server.listen(0, "127.0.0.1");
    await once(hole.#server, "listening");
    return hole;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/**
 * How many of the things are open that a client of Kafka leaves behind. Sockets that
 * were destroyed close in the next turns of the event loop, and mocha sets its own timer.
 */
export async function openHandles(): Promise<Readonly<Record<string, number>>> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  const counts: Record<string, number> = { TCPSocketWrap: 0, TLSWrap: 0, TCPConnectWrap: 0, Timeout: 0 };
  for (const kind of process.getActiveResourcesInfo()) {
    const count = counts[kind];
    if (count !== undefined) counts[kind] = count + 1;
  }
  return counts;
}
