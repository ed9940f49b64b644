import assert from "node:assert/strict";
import { createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { staticPages } from "../../../src/server/static-pages.js";
import { Envoy } from "../../support/envoy.js";
import { cluster, listener, route } from "../../support/envoy-config.js";
import { ServerHarness } from "../../support/server-harness.js";

const PREFIX = "/tools/cdc/";
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("Behind an Envoy", () => {
  let harness: ServerHarness;
  let envoy: Envoy;
  const headers: Headers[] = [];
  before(async () => {
    const noteHeaders: Interceptor = (next) => (request) => {
      headers.push(request.header);
      return next(request);
    };
    const pages = staticPages("dist/dashboard");
    harness = await ServerHarness.start({}, { pages, interceptors: [noteHeaders] });
    envoy = await Envoy.start({
      listener: (port) => listener(port, [route(PREFIX), route("/")]),
      clusters: [cluster([harness.port])],
    });
  });
  after(async () => {
    await envoy.stop();
    await harness.server.stop(0);
  });

  const transports: Readonly<Record<string, () => Transport>> = {
    gRPC: () => createGrpcTransport({ baseUrl: envoy.url }),
    "gRPC-Web over HTTP/1.1": () => createGrpcWebTransport({ baseUrl: envoy.url, httpVersion: "1.1" }),
    "Connect over HTTP/1.1, below a prefix": () =>
      createConnectTransport({ baseUrl: envoy.url + PREFIX.slice(0, -1), httpVersion: "1.1" }),
  };
  for (const [name, createTransport] of Object.entries(transports)) {
    it(`calls and streams go through by ${name}, and so do traces`, async () => {
      const client = createClient(CdcService, createTransport());
      headers.length = 0;
      assert.deepEqual((await client.listTasks({}, { headers: { traceparent: TRACE } })).tasks, []);
      assert.equal(headers[0]!.get("traceparent"), TRACE);
      assert.match(headers[0]!.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
      const call = new AbortController();
      for await (const { update } of client.watchTasks({}, { signal: call.signal })) {
        assert.equal(update.case, "heartbeat");
        break;
      }
      call.abort();
    });
  }

  it("POST /cdc answers below a prefix", async () => {
    const response = await fetch(`${envoy.url}${PREFIX}cdc`, {
      method: "POST",
      body: '{"request_type":"list"}',
    });
    assert.deepEqual(await response.json(), { code: 200, data: { tasks: [] } });
  });

  it("the dashboard finds its files below a prefix", async () => {
    const page = new URL(envoy.url + PREFIX);
    const text = await (await fetch(page)).text();
    const files = Array.from(
      text.matchAll(/(?:src|href)="([^"]+)"/g),
      ([, file = ""]) => new URL(file, page),
    );
    assert.ok(files.length >= 3, text);
    for (const file of files) {
      assert.ok(file.pathname.startsWith(PREFIX), file.href);
      assert.equal((await fetch(file)).status, 200, file.href);
    }
  });
});
