import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
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

  it("leaves no connection behind when it is closed", async () => {
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = new SdkConnection("target", { endpoint, connectTimeoutMs: 5_000 });
    await assert.rejects(connection.ask("ShowCollections", (client) => client.showCollections()));
    assert.equal(open.size, 1);
    await connection.close();
    await eventually(() => assert.equal(open.size, 0, "a session is open"), 5_000);
  });
});
