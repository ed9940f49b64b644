import assert from "node:assert/strict";
import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Interceptor,
} from "@connectrpc/connect";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { createCdcService } from "../../../src/server/cdc-service.js";
import { callDeadline } from "../../../src/server/call-deadline.js";
import { logCalls } from "../../../src/server/log-calls.js";
import { mapErrors } from "../../../src/server/map-errors.js";
import { FakeTaskService } from "../../support/server-fake-task-service.js";

const request = { milvusConnectParam: { uri: "h:1", token: "s3cret" }, collectionInfos: [{ name: "a" }] };

function setup(interceptors: Interceptor[]) {
  const tasks = new FakeTaskService();
  const routes = (router: Parameters<Parameters<typeof createRouterTransport>[0]>[0]) =>
    void router.service(CdcService, createCdcService(tasks));
  return {
    tasks,
    client: createClient(CdcService, createRouterTransport(routes, { router: { interceptors } })),
  };
}

describe("logCalls", () => {
  it("writes one line for each call, with its outcome and without its message", async () => {
    const lines: object[] = [];
    const write = (fields: object, message: string): void => void lines.push({ ...fields, message });
    let nowMs = 0;
    const { client } = setup([logCalls({ debug: write, info: write, error: write }, () => (nowMs += 7))]);
    await client.createTask(request);
    await assert.rejects(client.getTask({ taskId: "x" }));
    assert.deepEqual(lines, [
      { rpc: "CreateTask", code: "ok", durationMs: 7, message: "rpc answered" },
      { rpc: "GetTask", code: "unknown", durationMs: 7, message: "rpc answered" },
    ]);
  });
});

describe("callDeadline", () => {
  it("answers in time and aborts the call, adding a create's connect_timeout", async () => {
    const { tasks, client } = setup([callDeadline(30)]);
    tasks.gate = new Promise(() => undefined);
    const startedAtMs = performance.now();
    const create = client.createTask({ ...request, milvusConnectParam: { uri: "h:1", connectTimeout: 1 } });
    await assert.rejects(
      create,
      (error) => error instanceof ConnectError && error.code === Code.DeadlineExceeded,
    );
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs > 1000 && tookMs < 3000, String(tookMs));
    assert.equal(tasks.lastSignal?.aborted, true);
  });

  it("leaves no timer behind a call that is done", async () => {
    const { client } = setup([callDeadline(60_000)]);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await client.listTasks({});
    const before = timers();
    for (let i = 0; i < 5; i++) await client.listTasks({});
    assert.ok(timers() < before + 5);
  });
});

describe("mapErrors", () => {
  it("neither logs nor blames itself when the client leaves", async () => {
    const errors: string[] = [];
    const write = (_: object, message: string): void => void errors.push(message);
    const logger = { debug: () => undefined, info: () => undefined, error: write };
    const { tasks, client } = setup([mapErrors(logger), callDeadline(1000)]);
    tasks.gate = new Promise(() => undefined);
    const leaving = new AbortController();
    const call = client.listTasks({}, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 20);
    await assert.rejects(call, (error) => error instanceof ConnectError && error.code === Code.Canceled);
    await new Promise(setImmediate);
    assert.deepEqual(errors, []);
  });
});
