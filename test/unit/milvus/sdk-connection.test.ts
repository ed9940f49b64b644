import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { SdkClients } from "../../../src/milvus/sdk-clients.js";
import { SdkConnection } from "../../../src/milvus/sdk-connection.js";
import { eventually } from "../../support/eventually.js";

const UNIMPLEMENTED = { ":status": 200, "content-type": "application/grpc", "grpc-status": "12" };

describe("SdkConnection", () => {
  const open = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on("stream", (stream) => stream.respond(UNIMPLEMENTED, { endStream: true }));
  server.on("session", (session) => {
    open.add(session);
    session.once("close", () => open.delete(session));
  });
  before(() => once(server.listen(0, "127.0.0.1"), "listening"));
  after(() => {
    server.close();
    for (const session of open) session.destroy();
  });

  const clients = new SdkClients();
  const connect = (username = "root", port = (server.address() as AddressInfo).port): SdkConnection => {
    const address = { endpoint: `127.0.0.1:${port}`, username, password: "p", connectTimeoutMs: 5_000 };
    return new SdkConnection("target", address, clients);
  };
  const ask = (connection: SdkConnection): Promise<void> =>
    assert.rejects(connection.ask("ShowCollections", (client) => client.showCollections()));
  const sessionsBecome = (count: number): Promise<void> =>
    eventually(() => assert.equal(open.size, count, `${open.size} sessions are open`), 5_000);

  it("leaves no connection behind when it is closed", async () => {
    const connection = connect();
    await ask(connection);
    assert.equal(open.size, 1);
    await connection.close();
    await sessionsBecome(0);
  });

  it("shares its client with others, until the last of them is closed", async () => {
    const [one, other] = [connect(), connect()];
    await Promise.all([ask(one), ask(other)]);
    assert.equal(open.size, 1);
    await one.close();
    await one.close();
    await ask(other);
    assert.equal(open.size, 1);
    await other.close();
    await sessionsBecome(0);
  });

  it("keeps its client for a while when asked to, for who connects again, and not when all is over", async () => {
    await using keeping = new SdkClients({ keepMs: 60_000 });
    const { port } = server.address() as AddressInfo;
    const address = { endpoint: `127.0.0.1:${port}`, connectTimeoutMs: 5_000 };
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on("session", (session) => sessions.add(session));
    for (let round = 0; round < 3; round++) {
      const connection = new SdkConnection("target", address, keeping);
      await ask(connection);
      await connection.close();
    }
    assert.deepEqual([sessions.size, open.size], [1, 1]);
    await keeping[Symbol.asyncDispose]();
    await sessionsBecome(0);
    const late = new SdkConnection("target", address, keeping);
    await ask(late);
    await late.close();
    await sessionsBecome(0);
  });

  it("closes a client that nobody came back for", async () => {
    const keeping = new SdkClients({ keepMs: 50 });
    const { port } = server.address() as AddressInfo;
    const connection = new SdkConnection(
      "target",
      { endpoint: `127.0.0.1:${port}`, connectTimeoutMs: 5_000 },
      keeping,
    );
    await ask(connection);
    await connection.close();
    await sessionsBecome(0);
  });

  it("shares no client with another user", async () => {
    const [one, other] = [connect("one"), connect("other")];
    const found = await Promise.all(
      [one, other].map((connection) =>
        connection.askIfKnown("whose", async (client) => {
          await Promise.resolve();
          return { status: { error_code: "Success", reason: "" }, client };
        }),
      ),
    );
    assert.notEqual(found[0]?.client, found[1]?.client);
    await Promise.all([one.close(), other.close()]);
    await sessionsBecome(0);
  });

  it("makes another client after one that could not connect, for all who share it", async () => {
    const late = http2.createServer();
    await once(late.listen(0, "127.0.0.1"), "listening");
    const { port } = late.address() as AddressInfo;
    late.close();
    await once(late, "close");
    const connections = [connect("root", port), connect("root", port)];
    await Promise.all(connections.map(ask));
    const sessions = new Set<http2.ServerHttp2Session>();
    // what the client before was about to connect may still come, and carries no call
    const asked = new Set<http2.Http2Session | undefined>();
    late.on("session", (session) => sessions.add(session));
    late.on("stream", (stream) => {
      asked.add(stream.session);
      stream.respond(UNIMPLEMENTED, { endStream: true });
    });
    await once(late.listen(port, "127.0.0.1"), "listening");
    for (const connection of connections) await ask(connection);
    assert.equal(asked.size, 1);
    for (const connection of connections) await connection.close();
    for (const session of sessions) session.destroy();
    late.close();
  });
});
