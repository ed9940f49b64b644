import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import * as https from "node:https";
import * as net from "node:net";
import * as tls from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { HttpHandler } from "../../../src/server/http-exchange.js";
import { GrpcJsClient } from "../../support/server-grpc-js-client.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";
import { SelfSigned } from "../../support/server-self-signed.js";

/** More than sockets hold of it. */
const LARGE = Buffer.alloc(16 << 20, "-");

describe("A server with TLS", () => {
  let certificate: SelfSigned;
  let harness: ServerHarness;
  let ca: Buffer;
  before(async () => {
    certificate = await SelfSigned.create();
    const { certPath, keyPath } = certificate;
    ca = await readFile(certPath);
    harness = await ServerHarness.start({
      tls: { certPath, keyPath },
      limits: { headersTimeoutMs: 600, bodyTimeoutMs: 600 },
    });
  });
  after(async () => {
    await harness.server.stop(0);
    await certificate[Symbol.asyncDispose]();
  });

  it("serves gRPC to @grpc/grpc-js", async () => {
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`, grpc.credentials.createSsl(ca));
    assert.deepEqual((await client.unary(CdcService.method.listTasks, {})).tasks, []);
  });

  it("serves gRPC over HTTP/2 and Connect over HTTP/1.1", async () => {
    const baseUrl = `https://127.0.0.1:${harness.port}`;
    const nodeOptions = { ca };
    for (const transport of [
      createGrpcTransport({ baseUrl, nodeOptions }),
      createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    ]) {
      assert.deepEqual((await createClient(CdcService, transport).listTasks({})).tasks, []);
    }
  });

  for (const protocol of ["h2", "http/1.1"])
    it(`closes a connection whose handshake takes too long, before it becomes one of ${protocol}`, async () => {
      // GIVEN a client whose answer in the handshake is held back
      const held: Buffer[] = [];
      const up = net.connect(harness.port, "127.0.0.1").on("error", () => undefined);
      const between = net.createServer((down) => {
        down.once("data", (hello: Buffer) => {
          up.write(hello);
          down.on("data", (bytes: Buffer) => held.push(bytes));
        });
        up.pipe(down).on("error", () => undefined);
      });
      await once(between.listen(0, "127.0.0.1"), "listening");
      const { port } = between.address() as net.AddressInfo;
      const client = tls.connect({ host: "127.0.0.1", port, ca, ALPNProtocols: [protocol] });
      client.on("error", () => undefined);
      // WHEN its time is over
      const closed = once(up, "close", { signal: AbortSignal.timeout(10_000) });
      // THEN the connection is
      await closed;
      assert.ok(held.length > 0);
      client.destroy();
      between.close();
    });

  it("does not wait for a handshake when it is stopped", async () => {
    const { certPath, keyPath } = certificate;
    await using other = await ServerHarness.start({ tls: { certPath, keyPath } });
    const socket = net.connect(other.port, "127.0.0.1").on("error", () => undefined);
    await once(socket, "connect");
    await send(other.port, "/", {}).catch(() => undefined); // it is accepted by now
    const startedAtMs = performance.now();
    await other.server.stop(50);
    assert.ok(performance.now() - startedAtMs < 5_000);
  });

  it("reads a request whose parts come while the answer before is still being written", async () => {
    // GIVEN an answer that is too large to be written at once, and a client that does not read it yet
    const { certPath, keyPath } = certificate;
    const asked = new EventEmitter();
    const large: HttpHandler = (_, response) => {
      response.writeHead(200, { "content-length": String(LARGE.length) });
      response.end(LARGE);
      asked.emit("asked");
    };
    const options = { tls: { certPath, keyPath } };
    await using other = await ServerHarness.start(options, { pages: new Map([["/large", large]]) });
    const socket = tls.connect({ host: "127.0.0.1", port: other.port, ca }).pause();
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer")));
    const beginning = once(asked, "asked");
    socket.write("GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await beginning;
    // WHEN another request comes, its head and its body in records of their own
    const body = '{"request_type":"list"}';
    socket.cork();
    socket.write(`POST /cdc HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n`);
    socket.write("connection: close\r\n\r\n");
    socket.write(body);
    socket.uncork();
    // THEN it is answered, behind the first one
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    const end = Buffer.concat(pieces).subarray(-1_000).toString("latin1");
    assert.match(end, /HTTP\/1\.1 200 .*\{"code":200,"data":\{"tasks":\[\]\}\}\n?$/s);
  });

  it("serves POST /cdc", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: harness.port,
        path: "/cdc",
        method: "POST",
        ca,
        agent: false,
      };
      const request = https.request(options, (response) => {
        response.setEncoding("utf8").once("data", resolve);
      });
      request.once("error", reject).end('{"request_type":"list"}');
    });
    assert.equal(text, '{"code":200,"data":{"tasks":[]}}\n');
  });

  it("closes connections that shake no hands or send no headers in time", async () => {
    const startedAtMs = performance.now();
    const socket = tls.connect({ host: "127.0.0.1", port: harness.port, ca });
    socket.on("error", () => undefined).resume();
    socket.write("POST /cdc HTTP/1.1\r\nHost: a\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    assert.ok(performance.now() - startedAtMs < 3000);
  });
});

describe("A server with a client authority", () => {
  it("refuses clients without a certificate", async () => {
    await using certificate = await SelfSigned.create();
    const { certPath, keyPath } = certificate;
    await using harness = await ServerHarness.start({ tls: { certPath, keyPath, caPath: certPath } });
    const [ca, key] = await Promise.all([readFile(certPath), readFile(keyPath)]);
    const baseUrl = `https://127.0.0.1:${harness.port}`;
    const list = (nodeOptions: tls.SecureContextOptions) =>
      createClient(
        CdcService,
        createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
      ).listTasks({});
    await assert.rejects(list({ ca }));
    assert.deepEqual((await list({ ca, cert: ca, key })).tasks, []);
  });
});

describe("A server whose certificate is renewed", () => {
  it("shows the new one in new connections, leaves open ones alone, and keeps the old one while files are no use", async () => {
    await using before = await SelfSigned.create();
    await using after = await SelfSigned.create();
    const { certPath, keyPath } = before;
    await using harness = await ServerHarness.start({ tls: { certPath, keyPath } });
    const clientOf = (ca: Buffer) =>
      createClient(
        CdcService,
        createGrpcTransport({ baseUrl: `https://127.0.0.1:${harness.port}`, nodeOptions: { ca } }),
      );
    const old = clientOf(await readFile(certPath));
    const stream = old.watchTasks({})[Symbol.asyncIterator]();
    await stream.next();
    await copyFile(after.certPath, certPath); // its key is still the old one
    await harness.server.reload(undefined);
    assert.equal(
      harness.log.filter(({ message }) => message === "certificate files not read again").length,
      1,
    );
    assert.deepEqual((await old.listTasks({})).tasks, []);
    await copyFile(after.keyPath, keyPath);
    await harness.server.reload(undefined);
    assert.deepEqual((await clientOf(await readFile(after.certPath)).listTasks({})).tasks, []);
    assert.deepEqual((await old.listTasks({})).tasks, []);
    const request = { milvusConnectParam: { uri: "h:1" }, collectionInfos: [{ name: "a" }] };
    await old.createTask(request);
    assert.equal((await stream.next()).done, false);
  });
});
