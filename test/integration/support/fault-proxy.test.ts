import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { FaultProxy } from "../../support/fault-proxy.js";

describe("FaultProxy", () => {
  let echo: Server;
  let proxy: FaultProxy;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    echo = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.pipe(socket);
    });
    proxy = await FaultProxy.open(await listening(echo));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await proxy[Symbol.asyncDispose]();
    echo.close();
  });

  function connecting(): Socket {
    const socket = net.connect(proxy.port, "127.0.0.1");
    sockets.add(socket);
    socket.on("error", () => undefined);
    return socket;
  }

  async function connected(): Promise<Socket> {
    const socket = connecting();
    await once(socket, "connect");
    return socket;
  }

  async function received(socket: Socket, length: number): Promise<Buffer> {
    let bytes = Buffer.alloc(0);
    while (bytes.length < length)
      bytes = Buffer.concat([bytes, ((await once(socket, "data")) as [Buffer])[0]]);
    return bytes;
  }

  it("passes everything in its order, and the ends of both ways", async () => {
    const socket = await connected();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 251));
    socket.end(sent);
    assert.ok((await received(socket, sent.length)).equals(sent));
    if (!socket.readableEnded) await once(socket, "end");
  });

  it("cut, it resets the connections it has, and new ones; healed, it takes new ones", async () => {
    const socket = await connected();
    socket.write("x");
    await received(socket, 1);
    proxy.become({ isCut: true });
    await closed(socket);
    await closed(connecting());
    proxy.heal();
    const third = await connected();
    third.write("abc");
    assert.equal((await received(third, 3)).toString(), "abc");
  });

  it("silent, it holds back all bytes; healed, it passes them on in their order", async () => {
    const socket = await connected();
    proxy.become({ isSilent: true });
    let isHealed = false;
    socket.write("first ");
    const answer = received(socket, 12).then((bytes) => ({ text: bytes.toString(), isHealed }));
    const fresh = await connected();
    fresh.write("new");
    // everything that could pass has passed, when something written later through another proxy has
    await using other = await FaultProxy.open((echo.address() as AddressInfo).port);
    const witness = net.connect(other.port, "127.0.0.1");
    sockets.add(witness);
    witness.write("w");
    await received(witness, 1);
    isHealed = true;
    proxy.heal();
    socket.write("second");
    assert.deepEqual(await answer, { text: "first second", isHealed: true });
    assert.equal((await received(fresh, 3)).toString(), "new");
  });

  it("silent, it forgets what a connection that its client closes had held back", async () => {
    const taken: string[] = [];
    echo.on("connection", (socket: Socket) => socket.on("data", (bytes) => taken.push(bytes.toString())));
    const socket = await connected();
    socket.write("before");
    await received(socket, 6);
    proxy.become({ isSilent: true });
    socket.end("late");
    await closed(socket);
    proxy.heal();
    const next = await connected();
    next.write("after");
    await received(next, 5);
    assert.deepEqual(taken, ["before", "after"]);
  });

  it("delays each way, without holding up what follows", async () => {
    const socket = await connected();
    proxy.become({ delayMs: 50 });
    const startMs = performance.now();
    for (let i = 0; i < 10; i++) {
      socket.write(`${i}`);
      await new Promise(setImmediate);
    }
    assert.equal((await received(socket, 10)).toString(), "0123456789");
    assert.ok(performance.now() - startMs >= 100);
  });

  it("limits the bytes per second of all connections together, until it is healed", async () => {
    const [one, two] = [await connected(), await connected()];
    proxy.become({ bytesPerSecond: 100_000 });
    const startMs = performance.now();
    one.write(Buffer.alloc(20_000));
    two.write(Buffer.alloc(20_000));
    await Promise.all([received(one, 20_000), received(two, 20_000)]);
    assert.ok(performance.now() - startMs >= 350, `${performance.now() - startMs} ms`);
    one.write(Buffer.alloc(10_000_000));
    const all = received(one, 10_000_000);
    proxy.heal();
    await all;
  });

  it("loses answers, not the requests", async () => {
    const asked: string[] = [];
    const server = http2.createServer((request, response) => {
      asked.push(request.url);
      response.end("answer to a request");
    });
    await using lossy = await FaultProxy.open(await listening(server));
    const session = http2.connect(`http://${lossy.address}`);
    session.on("error", () => undefined);
    const first = session.request({ ":path": "/first" }).setEncoding("utf8").resume();
    await once(first, "end");
    lossy.become({ losesAnswers: true });
    const second = session.request({ ":path": "/second" });
    await assert.rejects(once(second, "response"));
    assert.deepEqual(asked, ["/first", "/second"]);
    assert.equal(lossy.lostAnswers, 1);
    session.destroy();
    server.close();
  });
});

/** However it ends: `once` rejects at an error. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.on("close", resolve));
}

async function listening(server: Server | http2.Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
