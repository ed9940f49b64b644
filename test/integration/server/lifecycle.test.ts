import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { Health, HealthCheckResponse_ServingStatus as Status } from "#gen/grpc/health/v1/health_pb.js";
import { CdcError } from "../../../src/model/errors.js";
import { GrpcJsClient } from "../../support/server-grpc-js-client.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const LIST = { body: '{"request_type":"list"}' };

describe("Stopping a server", () => {
  it("tells watchers NOT_SERVING, ends their streams well, and is over long before the grace", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const seen: Status[] = [];
    const stream = client.stream(Health.method.watch, {});
    stream.on("data", ({ status }) => void seen.push(status));
    await once(stream, "data");
    const ended = once(stream, "status");
    const startedAtMs = performance.now();
    await harness.server.stop(8000);
    assert.ok(performance.now() - startedAtMs < 2000);
    const [{ code }] = await ended;
    assert.deepEqual([seen, code], [[Status.SERVING, Status.NOT_SERVING], 0]);
  });

  it("lets an open request finish, and takes no new connection meanwhile", async () => {
    await using harness = await ServerHarness.start();
    let release = (): void => undefined;
    harness.tasks.gate = new Promise((resolve) => {
      release = resolve;
    });
    const open = send(harness.port, "/cdc", LIST);
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = harness.server.stop(8000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(send(harness.port, "/cdc", LIST), { code: "ECONNREFUSED" });
    release();
    assert.equal((await open).status, 200);
    await stopped;
  });

  it("cuts what is still open after the grace", async () => {
    await using harness = await ServerHarness.start();
    harness.tasks.gate = new Promise(() => undefined);
    const cut = assert.rejects(send(harness.port, "/cdc", LIST), { code: "ECONNRESET" });
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await harness.server.stop(50);
    await cut;
  });

  it("does not wait for connections that never said a word", async () => {
    await using harness = await ServerHarness.start();
    const socket = net.connect(harness.port, "127.0.0.1");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const startedAtMs = performance.now();
    await harness.server.stop(8000);
    assert.ok(performance.now() - startedAtMs < 2000);
    socket.destroy();
  });

  it("may be done twice, and is not undone by setReady", async () => {
    await using harness = await ServerHarness.start();
    await Promise.all([harness.server.stop(), harness.server.stop()]);
    harness.server.setReady(true);
    await harness.server.stop();
  });
});

describe("Starting a server", () => {
  it("fails with LISTEN_FAILED on a port in use", async () => {
    await using harness = await ServerHarness.start();
    await assert.rejects(ServerHarness.start({ port: harness.port }), isListenFailed);
  });

  it("fails with LISTEN_FAILED on a certificate that cannot be read, or is none", async () => {
    const missing = { certPath: "/nowhere/cert.pem", keyPath: "/nowhere/key.pem" };
    await assert.rejects(ServerHarness.start({ tls: missing }), isListenFailed);
    const none = { certPath: import.meta.filename, keyPath: import.meta.filename };
    await assert.rejects(ServerHarness.start({ tls: none }), isListenFailed);
  });
});

function isListenFailed(error: unknown): boolean {
  return error instanceof CdcError && error.code === "LISTEN_FAILED";
}
