import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { Line, OneWay, type LinkConditions } from "./fault-line.js";
import { Http2Answers } from "./http2-answers.js";

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly ways: readonly OneWay[];
}

/** A TCP proxy before a server on loopback whose network can be made bad, and good again, at any moment. */
export class FaultProxy implements AsyncDisposable {
  readonly #upstreamPort: number;
  readonly #listener = net.createServer({ allowHalfOpen: true }, (client) => this.#connect(client));
  readonly #connections = new Set<Connection>();
  readonly #lines = { up: new Line(), down: new Line() };
  #conditions: LinkConditions = {};
  lostAnswers = 0;

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
  }

  /** Nobody need listen on the upstream port yet; connections are reset while nobody does. */
  static async open(upstreamPort: number, listenPort = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstreamPort);
    proxy.#listener.listen(listenPort, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How the network is from now on, also for bytes that wait in it. */
  become(conditions: LinkConditions): void {
    this.#conditions = conditions;
    this.#lines.up.conditions = conditions;
    this.#lines.down.conditions = conditions;
    for (const connection of this.#connections) {
      if (conditions.isCut === true) reset(connection);
      else for (const way of connection.ways) way.pass();
    }
  }

  heal(): void {
    this.become({});
  }

  #connect(client: Socket): void {
    if (this.#conditions.isCut === true) {
      client.on("error", () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = net.connect({ port: this.#upstreamPort, host: "127.0.0.1", allowHalfOpen: true });
    const { up, down } = this.#lines;
    const connection = {
      client,
      server,
      ways: [new OneWay(client, server, up), new OneWay(server, client, down)],
    };
    this.#connections.add(connection);
    this.#loseAnswers(connection);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => reset(connection));
      socket.on("end", () => {
        // what a closed connection held back never arrives, rather than late: the network forgot it
        if (this.#conditions.isSilent === true) reset(connection);
      });
      socket.on("close", () => {
        if (client.destroyed && server.destroyed) this.#connections.delete(connection);
      });
    }
  }

  #loseAnswers(connection: Connection): void {
    const answers = new Http2Answers();
    connection.server.prependListener("data", (bytes: Buffer) => {
      if (!answers.beginsIn(bytes) || this.#conditions.losesAnswers !== true) return;
      this.lostAnswers++;
      reset(connection);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) reset(connection);
    this.#listener.close();
    await once(this.#listener, "close");
  }
}

function reset({ client, server }: Connection): void {
  for (const socket of [client, server]) {
    // Node waits for what is still to be written before it resets, and lets go of no socket that is ending
    if (socket.writableEnded || socket.writableLength > 0 || socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
  }
}
