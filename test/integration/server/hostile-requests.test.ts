import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { framed } from "../../support/attacks/attack.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send, sendBytes } from "../../support/server-raw-client.js";

const LIST = '{"request_type":"list"}';
const RPC = "/milvus.cdc.v1.CdcService/ListTasks";
const LIMIT_BYTES = 100_000;
const json = { "content-type": "application/json" };

describe("A server among hostile clients", () => {
  let harness: ServerHarness;
  const limits = { maxBodyBytes: LIMIT_BYTES, headersTimeoutMs: 600, bodyTimeoutMs: 600 };
  before(async () => {
    harness = await ServerHarness.start({ limits });
  });
  // Whatever was done to it, it serves the next client.
  afterEach(async () => {
    const { text } = await send(harness.port, "/cdc", { body: LIST });
    assert.equal(text, '{"code":200,"data":{"tasks":[]}}\n');
    assert.deepEqual(
      harness.log.filter(({ level }) => level === "error"),
      [],
    );
  });
  after(() => harness.server.stop(0));

  const large = Buffer.alloc(20 * 1024 * 1024, " ");

  it("answers 413 to a body that says it is too large, and the client reads it", async () => {
    const headers = { "content-length": large.length };
    const { status, text } = await send(harness.port, "/cdc", { headers, body: large });
    assert.equal(status, 413);
    assert.match(text, /^{"code":413,"message":"the body is larger than 100000 bytes/);
  });

  it("answers 413 to a chunked body that turns out too large", async () => {
    const headers = { "transfer-encoding": "chunked" };
    const { status } = await send(harness.port, "/cdc", { headers, body: large });
    assert.equal(status, 413);
  });

  it("lets a client that sends all before it reads have its 413", async () => {
    const socket = net.connect(harness.port, "127.0.0.1").pause();
    socket.write(`POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.write(large, (error) => (error ? reject(error) : resolve()));
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const chunks = await socket.toArray();
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 413 /);
  });

  it("answers 413 instead of 100 to a client that asks before it sends too much", async () => {
    const head = `POST /cdc HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${large.length}\r\n\r\n`;
    const text = await sendBytes(harness.port, head, 300);
    assert.match(text, /^HTTP\/1\.1 413 /);
  });

  it("lets a client that asks before sending send what is not too much", async () => {
    const head = `POST /cdc HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${LIST.length}\r\n\r\n`;
    const text = await sendBytes(harness.port, head + LIST, 300);
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it("answers resource_exhausted to a Connect message over the limit", async () => {
    const { status, text } = await send(harness.port, RPC, { headers: json, body: large });
    assert.equal(status, 429);
    assert.match(text, /"code":"resource_exhausted"/);
  });

  it("answers so to a call in frames that says it is too large, in the words of its protocol", async () => {
    const ask = (path: string, contentType: string) =>
      send(harness.port, path, { headers: { "content-type": contentType }, body: framed(large) });
    const stream = await ask(RPC.replace("ListTasks", "WatchTasks"), "application/connect+json");
    assert.equal(stream.status, 200);
    assert.equal(stream.text.charCodeAt(0), 2); // the end of the stream
    assert.match(stream.text.slice(5), /^\{.*"code":"resource_exhausted","message":"the body is larger than/);
    for (const contentType of ["application/grpc-web+proto", "application/grpc"]) {
      const { status, headers } = await ask(RPC, contentType);
      assert.deepEqual([status, headers["content-type"], headers["grpc-status"]], [200, contentType, "8"]);
      assert.match(String(headers["grpc-message"]), /^the body is larger than/);
    }
  });

  it("refuses a gzip bomb and a body that is no gzip, and takes a good one", async () => {
    const headers = { ...json, "content-encoding": "gzip" };
    const bomb = await send(harness.port, RPC, { headers, body: gzipSync(large) });
    assert.equal(bomb.status, 429);
    const junk = await send(harness.port, RPC, { headers, body: "junk" });
    assert.deepEqual([junk.status, /"invalid_argument".*gzip/.test(junk.text)], [400, true]);
    const good = await send(harness.port, RPC, { headers, body: gzipSync("{}") });
    assert.deepEqual([good.status, good.text], [200, "{}"]);
  });

  it("answers invalid_argument to a Connect message that is no Protobuf", async () => {
    const headers = { "content-type": "application/proto" };
    const { status, text } = await send(harness.port, RPC, { headers, body: "\xff\xff" });
    assert.equal(status, 400);
    assert.match(text, /"code":"invalid_argument"/);
  });

  it("says which content type and method a call takes", async () => {
    const form = await send(harness.port, RPC, { headers: { "content-type": "text/plain" }, body: "{}" });
    assert.deepEqual([form.status, /application\/json/.test(form.text)], [415, true]);
    const create = "/milvus.cdc.v1.CdcService/CreateTask";
    const get = await send(harness.port, create, { method: "GET" });
    assert.deepEqual([get.status, get.headers.allow], [405, "POST"]);
  });

  const odd: Readonly<Record<string, readonly [bytes: string, answer: RegExp]>> = {
    junk: ["junk\r\n\r\njunk", /^HTTP\/1\.1 400 .*"code":400/s],
    "a TLS hello": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /^HTTP\/1\.1 400 /],
    "no Host in HTTP/1.1": ["GET /healthz HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    "no Host in HTTP/1.0": [
      `POST ${RPC} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      /^HTTP\/1\.1 400 .*Host/s,
    ],
    "a broken Host": [
      `POST ${RPC} HTTP/1.1\r\nHost: [ a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      /^HTTP\/1\.1 400 .*Host/s,
    ],
    "a broken Host with gRPC-Web": [
      `POST ${RPC} HTTP/1.1\r\nHost: [ a\r\nContent-Type: application/grpc-web\r\nContent-Length: 2\r\n\r\n{}`,
      /^HTTP\/1\.1 400 .*Host/s,
    ],
    "two lengths": [
      "POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    "a chunk that is none": [
      "POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    "headers without end": [`GET / HTTP/1.1\r\nX: ${"a".repeat(40_000)}`, /^HTTP\/1\.1 431 /],
    "a path of nonsense": ["GET //\\%zz?? HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 404 .*POST \/cdc/s],
    "a request and junk behind it": [
      "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n\0\x01junk\r\n\r\n",
      /^HTTP\/1\.1 200 .*HTTP\/1\.1 400 /s,
    ],
    "two requests at once": [
      "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
      /^HTTP\/1\.1 200 .*HTTP\/1\.1 200 /s,
    ],
    "an offer to upgrade": [
      "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      /^HTTP\/1\.1 200 /,
    ],
    "a tunnel": ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", /^$/],
  };
  for (const [name, [bytes, answer]] of Object.entries(odd)) {
    it(`bears ${name}`, async () => {
      assert.match(await sendBytes(harness.port, Buffer.from(bytes, "latin1"), 400), answer);
    });
  }

  it("closes a connection that speaks broken HTTP/2", async () => {
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    await sendBytes(harness.port, preface + "junk".repeat(100));
    await sendBytes(harness.port, preface + "\0".repeat(400), 300);
  });

  it("answers 408 or closes when headers come too slowly", async () => {
    for (const start of ["", "P", "PRI * HTTP/2.0\r\n", "POST /cdc HTTP/1.1\r\nHost: a\r\nX: "]) {
      const startedAtMs = performance.now();
      const text = await sendBytes(harness.port, start, 5000);
      assert.ok(performance.now() - startedAtMs < 3000, `${JSON.stringify(start)} was let hang`);
      assert.match(text, /^(HTTP\/1\.1 408 .*"code":408.*)?$/s);
    }
  });

  it("answers 408 when a body comes too slowly", async () => {
    const head = "POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{";
    assert.match(await sendBytes(harness.port, head, 5000), /^HTTP\/1\.1 408 .*"code":408/s);
    const rpc = `POST ${RPC} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;
    assert.match(await sendBytes(harness.port, rpc, 5000), /^HTTP\/1\.1 (408|504) /);
  });

  it("ends an HTTP/2 request whose body comes too slowly", async () => {
    const session = http2.connect(harness.url);
    const contentTypes = ["application/grpc", "application/json"];
    for (const contentType of contentTypes) {
      const stream = session.request({ ":method": "POST", ":path": RPC, "content-type": contentType });
      stream.on("error", () => undefined);
      stream.resume();
      stream.write("\0");
      await once(stream, "close");
    }
    session.destroy();
  });

  it("bears clients that leave in the middle", async () => {
    for (const path of ["/cdc", RPC]) {
      const socket = net.connect(harness.port, "127.0.0.1");
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.resetAndDestroy();
    }
  });

  it("refuses calls from pages of other web sites", async () => {
    for (const [site, expected] of [
      ["cross-site", 403],
      ["same-site", 403],
      ["same-origin", 200],
    ] as const) {
      const headers = { "sec-fetch-site": site };
      const { status } = await send(harness.port, "/cdc", { headers, body: LIST });
      assert.equal(status, expected, site);
    }
  });
});

describe("A server with many requests open", () => {
  it("answers 429 beyond its limit, and takes requests again when one has ended", async () => {
    await using harness = await ServerHarness.start({ limits: { maxInFlight: 2 } });
    const gate = deferred();
    harness.tasks.gate = gate.promise;
    const open = [0, 1].map(() => send(harness.port, "/cdc", { body: LIST }));
    while (harness.tasks.calls < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await send(harness.port, "/cdc", { body: LIST });
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
    assert.match(refused.text, /^{"code":429,/);
    gate.resolve();
    assert.deepEqual(
      (await Promise.all(open)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await send(harness.port, "/cdc", { body: LIST })).status, 200);
  });

  it("has room for those who are known while anybody's requests are as many as may be", async () => {
    await using harness = await ServerHarness.start({ limits: { maxInFlightOfAnybody: 2 } });
    const health = createClient(Health, createGrpcTransport({ baseUrl: harness.url }));
    const left = new AbortController();
    for (const signal of [left.signal, undefined])
      await health.watch({}, { signal })[Symbol.asyncIterator]().next();
    const isAnswered = (): Promise<boolean> =>
      health.check({}).then(
        () => true,
        () => false,
      );
    assert.equal(await isAnswered(), false);
    assert.equal((await send(harness.port, "/healthz", { method: "GET" })).status, 200);
    assert.equal((await send(harness.port, "/cdc", { body: LIST })).status, 200);
    left.abort();
    while (!(await isAnswered())) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("answers within its deadline although the engine hangs, and tells the engine", async () => {
    await using harness = await ServerHarness.start({ limits: { callDeadlineMs: 50 } });
    harness.tasks.gate = new Promise(() => undefined);
    const { status, text } = await send(harness.port, "/cdc", { body: LIST });
    assert.equal(status, 503);
    assert.match(text, /no result within 0\.05 s/);
  });
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}
