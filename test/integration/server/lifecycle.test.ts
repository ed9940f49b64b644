import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { Health, HealthCheckResponse_ServingStatus as Status } from "#gen/grpc/health/v1/health_pb.js";
import { CdcError } from "../../../src/model/errors.js";
import { eventually } from "../../support/eventually.js";
import { Flag, FrameType, http2Frame, PREFACE, requestFrame } from "../../support/http2-frames.js";
import { GrpcJsClient } from "../../support/server-grpc-js-client.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const LIST = { body: '{"request_type":"list"}' };

const LIST_BYTES = Buffer.from(LIST.body);

/** A connection of HTTP/2 whose client does not close it when the server has. */
function leftOpen(port: number, ...frames: readonly Buffer[]): net.Socket {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);
  socket.resume().write(Buffer.concat([PREFACE, http2Frame(FrameType.settings, 0, 0), ...frames]));
  return socket;
}

describe("A connection of HTTP/2 that is idle", () => {
  it("takes no place from others when its client leaves it open", async () => {
    const limits = { maxConnections: 1, idleTimeoutMs: 100 };
    await using harness = await ServerHarness.start({ limits });
    const socket = leftOpen(harness.port);
    await eventually(() => assert.rejects(send(harness.port, "/cdc", LIST)));
    await eventually(async () => assert.equal((await send(harness.port, "/cdc", LIST)).status, 200), 5_000);
    socket.destroy();
  });
});

describe("Stopping a server", () => {
  it("tells watchers NOT_SERVING, ends their streams well, and is over long before the grace", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const { messages, code } = client.stream(Health.method.watch, {});
    const seen = [(await messages.next()).value?.status];
    const startedAtMs = performance.now();
    const stopped = harness.server.stop(8000);
    for await (const { status } of messages) seen.push(status);
    await stopped;
    assert.ok(performance.now() - startedAtMs < 2000);
    assert.deepEqual([seen, await code], [[Status.SERVING, Status.NOT_SERVING], 0]);
  });

  it("lets an open request finish, and takes no new connection meanwhile", async () => {
    await using harness = await ServerHarness.start();
    const gate = holdTasks(harness);
    const open = send(harness.port, "/cdc", LIST);
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = harness.server.stop(8000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(send(harness.port, "/cdc", LIST), { code: "ECONNREFUSED" });
    gate.release();
    assert.equal((await open).status, 200);
    await stopped;
  });

  it("does not wait for a connection that its client keeps for later", async () => {
    await using harness = await ServerHarness.start();
    const gate = holdTasks(harness);
    const agent = new http.Agent({ keepAlive: true });
    const options = { agent, host: "127.0.0.1", port: harness.port, path: "/cdc", method: "POST" };
    const answered = new Promise((resolve, reject) => {
      const request = http.request(options, (response) => response.resume().once("end", resolve));
      request.once("error", reject).end(LIST.body);
    });
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const startedAtMs = performance.now();
    const stopped = harness.server.stop(8000);
    // It becomes idle only after the server has closed those that were.
    await new Promise((resolve) => setTimeout(resolve, 20));
    gate.release();
    await Promise.all([answered, stopped]);
    assert.ok(performance.now() - startedAtMs < 2000);
    agent.destroy();
  });

  it("cuts what is still open after the grace", async () => {
    await using harness = await ServerHarness.start();
    harness.tasks.gate = new Promise(() => undefined);
    const cut = assert.rejects(send(harness.port, "/cdc", LIST), { code: "ECONNRESET" });
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await harness.server.stop(50);
    await cut;
  });

  it("does not wait for a client of HTTP/2 that leaves its side open", async () => {
    await using harness = await ServerHarness.start();
    harness.tasks.gate = new Promise(() => undefined);
    const socket = leftOpen(
      harness.port,
      requestFrame(1),
      http2Frame(FrameType.data, Flag.endStream, 1, LIST_BYTES),
    );
    while (harness.tasks.calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await harness.server.stop(50);
    socket.destroy();
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

describe("A server with many streams", () => {
  it("is not warned of listeners that leak", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    for (let i = 0; i < 12; i++) await client.stream(Health.method.watch, {}).messages.next();
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
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

/** Lets calls of the engine hang until released. */
function holdTasks({ tasks }: ServerHarness): { readonly release: () => void } {
  let release = (): void => undefined;
  tasks.gate = new Promise((resolve) => {
    release = resolve;
  });
  return { release: () => release() };
}

function isListenFailed(error: unknown): boolean {
  return error instanceof CdcError && error.code === "LISTEN_FAILED";
}
