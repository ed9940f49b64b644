import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Envoy } from "../../support/envoy.js";
import { cluster, listener, route, type MutualTls } from "../../support/envoy-config.js";
import { CertificateAuthority } from "../../support/kafka-certificates.js";
import { ServerHarness } from "../../support/server-harness.js";

describe("Two Envoys with mutual TLS between them, and the service on loopback behind the second", () => {
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let harness: ServerHarness;
  let inbound: Envoy;
  before(async () => {
    [authority, stranger] = await Promise.all([CertificateAuthority.create(), CertificateAuthority.create()]);
    harness = await ServerHarness.start();
    const tls = await mutualTls(authority, "service");
    inbound = await Envoy.start({
      listener: (port) => listener(port, [route("/")], tls),
      clusters: [cluster([harness.port])],
    });
  });
  after(async () => {
    await inbound.stop();
    await harness.server.stop(0);
    await authority[Symbol.asyncDispose]();
    await stranger[Symbol.asyncDispose]();
  });

  it("calls and streams go through", async () => {
    await using outbound = await outboundEnvoy(await mutualTls(authority, "client"));
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: outbound.url }));
    assert.deepEqual((await client.listTasks({})).tasks, []);
    const call = new AbortController();
    for await (const { update } of client.watchTasks({}, { signal: call.signal })) {
      assert.equal(update.case, "heartbeat");
      break;
    }
    call.abort();
  });

  it("who shows a certificate of another authority, or none, does not reach the service", async () => {
    const { certPath, keyPath } = await stranger.issue("stranger");
    await using outbound = await outboundEnvoy({ certPath, keyPath, caPath: authority.caPath });
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: outbound.url }));
    const { calls } = harness.tasks;
    await assert.rejects(client.listTasks({}), /unavailable|upstream connect error/i);
    await assert.rejects(
      firstBytes(inbound.port, await readFile(authority.caPath)),
      /certificate|alert|reset/i,
    );
    assert.equal(harness.tasks.calls, calls);
  });

  function outboundEnvoy(tls: MutualTls): Promise<Envoy> {
    return Envoy.start({
      listener: (port) => listener(port, [route("/")]),
      clusters: [cluster([inbound.port], { tls })],
    });
  }
});

async function mutualTls(authority: CertificateAuthority, name: string): Promise<MutualTls> {
  return { ...(await authority.issue(name)), caPath: authority.caPath };
}

/** Of a connection by TLS without a certificate; with TLS 1.3 its refusal comes after the handshake. */
function firstBytes(port: number, ca: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca, ALPNProtocols: ["h2"] });
    socket.once("data", resolve).once("error", reject);
    socket.once("close", () => reject(new Error("reset")));
  });
}
