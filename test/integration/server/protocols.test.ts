import assert from "node:assert/strict";
import { createClient, Code, ConnectError, type Client, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { BadRequestSchema } from "#gen/google/rpc/error_details_pb.js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Task_State } from "#gen/milvus/cdc/v1/task_pb.js";
import { CdcError } from "../../../src/model/errors.js";
import { GrpcJsClient, serviceError } from "../../support/server-grpc-js-client.js";
import { aBlockedRecord } from "../../support/metastore-values.js";
import { ServerHarness } from "../../support/server-harness.js";

const target = { uri: "http://root:s3cret@127.0.0.1:19530", token: "s3cret" };
const request = { milvusConnectParam: target, collectionInfos: [{ name: "*" }] };

const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "gRPC over HTTP/2": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "Connect binary over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect binary over HTTP/2": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "Connect JSON over HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect JSON over HTTP/2": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  "Connect with GET": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
};

for (const [name, createTransport] of Object.entries(transports)) {
  describe(name, () => {
    let harness: ServerHarness;
    let client: Client<typeof CdcService>;
    beforeEach(async () => {
      harness = await ServerHarness.start();
      client = createClient(CdcService, createTransport(harness.url));
    });
    afterEach(() => harness.server.stop(0));

    it("streams tasks and their changes, until the service stops", async () => {
      const seen: string[] = [];
      const watching = (async () => {
        for await (const { update } of client.watchTasks({})) {
          if (update.case === "task") seen.push(Task_State[update.value.state]);
          else seen.push(update.case ?? "");
          if (seen.length === 1) await client.createTask({ ...request, taskId: "a".repeat(32) });
          if (seen.length === 3) await client.pauseTask({ taskId: "a".repeat(32) });
          if (seen.length === 5) await client.deleteTask({ taskId: "a".repeat(32) });
          if (seen.length === 7) void harness.server.stop();
        }
      })();
      await watching;
      const expected = ["Running", "heartbeat", "Paused", "heartbeat", "goneTaskId", "heartbeat"];
      assert.deepEqual(seen, ["heartbeat", ...expected]);
    });

    it("says NOT_FOUND to who watches a task that is none, and ends with one that is deleted", async () => {
      const watch = async (taskId: string): Promise<string[]> => {
        const seen: string[] = [];
        for await (const { update } of client.watchTasks({ taskId })) {
          seen.push(update.case ?? "");
          if (update.case === "heartbeat") await client.deleteTask({ taskId });
        }
        return seen;
      };
      await assert.rejects(watch("b".repeat(32)), (error) => ConnectError.from(error).code === Code.NotFound);
      await client.createTask(request);
      const { taskId } = await client.createTask(request);
      assert.deepEqual(await watch(taskId), ["task", "heartbeat", "goneTaskId"]);
    });

    it("carries each of the calls", async () => {
      const { taskId } = await client.createTask(request);
      harness.tasks.progress.set(taskId, [
        { channel: "dml_0", checkpoint: 2n ** 60n, tick: 1n << 58n, frontier: 0n },
      ]);
      assert.deepEqual(
        (await client.listTasks({})).tasks.map((task) => task.taskId),
        [taskId],
      );
      await client.pauseTask({ taskId });
      assert.equal((await client.getTask({ taskId })).task?.state, Task_State.Paused);
      await client.resumeTask({ taskId });
      const { positions } = await client.getTaskPosition({ taskId });
      assert.deepEqual([positions[0]?.channelName, positions[0]?.offset], ["dml_0", 2n ** 60n]);
      harness.tasks.blocked.set(taskId, [aBlockedRecord()]);
      const { records } = await client.listBlockedRecords({ taskId });
      assert.deepEqual(
        records.map(({ offset, value }) => [offset, [...value]]),
        [[aBlockedRecord().offset, [0, 255, 10, 0]]],
      );
      await client.deleteTask({ taskId });
      await client.deleteTask({ taskId, ignoreNotFound: true });
      assert.equal((await client.listTasks({})).tasks.length, 0);
    });

    it("never gives secrets back", async () => {
      const { taskId } = await client.createTask(request);
      const { task } = await client.getTask({ taskId });
      assert.equal(task?.milvusConnectParam?.uri, "http://127.0.0.1:19530");
      assert.doesNotMatch(JSON.stringify(task.milvusConnectParam), /s3cret/);
    });

    it("answers faults with code, field and remedy", async () => {
      const invalid = await connectError(client.createTask({ milvusConnectParam: { host: "h" } }));
      assert.equal(invalid.code, Code.InvalidArgument);
      assert.match(invalid.rawMessage, /^milvus_connect_param: give uri, or host and port, and not both; /);
      const fields = invalid.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
      assert.deepEqual(
        fields.map(({ field }) => field),
        ["milvus_connect_param", ""],
      );

      const missing = await connectError(client.getTask({ taskId: "x" }));
      assert.equal(missing.code, Code.NotFound);
      assert.match(missing.rawMessage, /there is no task x - List the tasks/);

      const { taskId } = await client.createTask(request);
      const conflict = await connectError(client.resumeTask({ taskId }));
      assert.equal(conflict.code, Code.FailedPrecondition);
    });

    it("refuses what the older tool took by the name of its field, all at once", async () => {
      const { rawMessage, code } = await connectError(
        client.createTask({
          ...request,
          collectionInfos: [{ name: "a", positions: { v: "x" }, useStartPosition: true }],
          bufferConfig: { size: 1 },
        }),
      );
      assert.equal(code, Code.InvalidArgument);
      assert.match(
        rawMessage,
        /^collection_infos\[0\]\.positions: .*; collection_infos\[0\]\.use_start_position: .*; buffer_config\.size: /,
      );
    });

    it("hides the text of its own faults, and logs them", async () => {
      harness.tasks.failure = { thrown: new CdcError("INTERNAL", "row 5 of the secret table") };
      const internal = await connectError(client.listTasks({}));
      assert.equal(internal.code, Code.Internal);
      assert.doesNotMatch(internal.rawMessage, /secret/);
      const logged = harness.log.filter(({ level }) => level === "error");
      assert.deepEqual(
        logged.map(({ fields }) => fields["rpc"]),
        ["ListTasks"],
      );
    });
  });
}

describe("A client of @grpc/grpc-js", () => {
  it("calls, and reads error texts with all their punctuation", async () => {
    await using harness = await ServerHarness.start();
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const { taskId } = await client.unary(CdcService.method.createTask, request);
    assert.equal((await client.unary(CdcService.method.getTask, { taskId })).task?.state, Task_State.Running);

    harness.tasks.failure = {
      thrown: new CdcError("TASK_STATE_CONFLICT", "a: b, c/d ? e & f = g + $ # ; @ 100% ü 🙂"),
    };
    const error = await serviceError(client.unary(CdcService.method.pauseTask, { taskId }));
    assert.equal(error.code, Code.FailedPrecondition);
    assert.equal(error.details, "a: b, c/d ? e & f = g + $ # ; @ 100% ü 🙂 - Get the task to see its state.");
  });

  it("is told RESOURCE_EXHAUSTED for a message over the limit", async () => {
    await using harness = await ServerHarness.start({ limits: { maxBodyBytes: 1000 } });
    using client = new GrpcJsClient(`127.0.0.1:${harness.port}`);
    const error = await serviceError(
      client.unary(CdcService.method.getTask, { taskId: "a".repeat(100_000) }),
    );
    assert.equal(error.code, Code.ResourceExhausted);
  });
});

async function connectError(call: Promise<unknown>): Promise<ConnectError> {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectError, String(error));
  return error;
}
