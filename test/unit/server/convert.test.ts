import assert from "node:assert/strict";
import { create, toJson, type MessageInitShape } from "@bufbuild/protobuf";
import { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { TaskSchema } from "#gen/milvus/cdc/v1/task_pb.js";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskRecord } from "../../../src/model/task.js";
import { taskSpecFromProto } from "../../../src/server/task-spec-from-proto.js";
import { taskToProto } from "../../../src/server/task-to-proto.js";
import { retryingObservation } from "../../support/server-observations.js";

const target = { uri: "h:1" };

type CreateTask = Exclude<MessageInitShape<typeof CreateTaskRequestSchema>, { $typeName: string }>;

function withTarget(request: CreateTask): CreateTask {
  return { milvusConnectParam: target, ...request };
}

describe("taskSpecFromProto", () => {
  const spec = (request: CreateTask) =>
    taskSpecFromProto(create(CreateTaskRequestSchema, withTarget(request)));

  it("takes over what is given and leaves out what is not", () => {
    assert.deepEqual(
      spec({
        milvusConnectParam: { ...target, token: "", username: "u", password: "p", connectTimeout: 5 },
        collectionInfos: [{ name: "a" }],
        dbCollections: { db: { collectionInfos: [{ name: "*" }] } },
        nameMapping: [{ sourceDb: "a", targetDb: "b", collectionMapping: { c: "d" } }],
        source: "other",
      }),
      {
        connectParam: {
          uri: "h:1",
          token: undefined,
          host: undefined,
          port: undefined,
          username: "u",
          password: "p",
          enableTls: undefined,
          connectTimeoutSeconds: 5,
          dialConfig: undefined,
        },
        collections: ["a"],
        databases: { db: ["*"] },
        nameMappings: [{ sourceDatabase: "a", targetDatabase: "b", collections: { c: "d" } }],
        source: "other",
      },
    );
  });

  for (const uri of [
    "h:1",
    "http://h",
    "https://h:443/",
    "tcp://10.0.0.1:1",
    "http://[::1]:1",
    "http://u:p@h:1",
  ]) {
    it(`takes the uri ${uri}`, () =>
      assert.equal(spec({ milvusConnectParam: { uri } }).connectParam.uri, uri));
  }

  for (const host of [
    "h",
    "h.example.org",
    "10.0.0.1",
    "::1",
    "[::1]",
    "fe80::1%eth0",
    "münchen.example",
    "a_b-c",
  ]) {
    it(`takes the host ${host}`, () =>
      assert.equal(spec({ milvusConnectParam: { host, port: 1 } }).connectParam.host, host));
  }

  const faults: readonly [request: CreateTask, field: string][] = [
    [{ milvusConnectParam: { uri: "ws://h:1" } }, "milvus_connect_param.uri"],
    [{ milvusConnectParam: { uri: "h:1/x" } }, "milvus_connect_param.uri"],
    [{ milvusConnectParam: { host: "http://h", port: 1 } }, "milvus_connect_param.host"],
    [{ milvusConnectParam: { host: "h:1", port: 1 } }, "milvus_connect_param.host"],
    [{ milvusConnectParam: { host: "u@h", port: 1 } }, "milvus_connect_param.host"],
    [{ milvusConnectParam: { host: "h h", port: 1 } }, "milvus_connect_param.host"],
    [{ collectionInfos: [{ name: "a" }, { name: "\0" }] }, "collection_infos[1].name"],
    [{ dbCollections: { "a\nb": {} } }, String.raw`db_collections["a\nb"]`],
    [
      { dbCollections: { a: { collectionInfos: [{ name: "\x1b" }] } } },
      'db_collections["a"].collection_infos[0].name',
    ],
    [{ nameMapping: [{ sourceDb: "a", targetDb: "\t" }] }, "name_mapping[0].target_db"],
    [
      { nameMapping: [{ sourceDb: "a", targetDb: "b", collectionMapping: { c: "\0" } }] },
      'name_mapping[0].collection_mapping["c"]',
    ],
  ];
  for (const [request, field] of faults) {
    it(`refuses a bad ${field}`, () => {
      assert.throws(
        () => spec(request),
        (error) => error instanceof CdcError && error.field === field && error.code === "INVALID_ARGUMENT",
      );
    });
  }
});

describe("taskToProto", () => {
  const task: TaskRecord = {
    id: "1",
    spec: {
      connectParam: { uri: "http://u:s3cret@h:1", token: "s3cret", username: "s3cret", password: "s3cret" },
      collections: ["*"],
      databases: {},
      nameMappings: [],
    },
    state: "Failed",
    reason: "http://u:s3cret@h:1 refuses the credentials",
    createdAtMs: 1_700_000_000_123,
    revision: 7,
  };
  const shown = (view: Parameters<typeof taskToProto>[0]) =>
    toJson(TaskSchema, taskToProto(view), { useProtoFieldName: true });

  it("leaves out secrets and what was not given", () => {
    assert.deepEqual(shown({ task }), {
      task_id: "1",
      milvus_connect_param: { uri: "http://h:1" },
      collection_infos: [{ name: "*" }],
      state: "Failed",
      reason: "http://h:1 refuses the credentials",
      created_at: "2023-11-14T22:13:20.123Z",
    });
  });

  for (const state of ["Initial", "Running", "Paused", "Failed"] as const) {
    it(`calls ${state} by its name`, () => {
      assert.match(JSON.stringify(shown({ task: { ...task, state } })), new RegExp(`"state":"${state}"`));
    });
  }

  it("shows what a running task waits for, and its collections", () => {
    const { reason, health, collections } = Object(
      shown({
        task: { ...task, state: "Running", reason: undefined },
        observation: retryingObservation("tcp://u:s3cret@h is down"),
      }),
    ) as Record<string, unknown>;
    assert.match(
      String(reason),
      /^retrying, 3 tries so far - TARGET_UNAVAILABLE - tcp:\/\/h is down - Check that/,
    );
    assert.deepEqual(health, {
      status: "STATUS_RETRYING",
      lag_ms: "1235",
      inserted_rows: "9007199254740993",
      deleted_keys: "2",
      upserted_rows: "3",
      last_error: {
        code: "TARGET_UNAVAILABLE",
        message: "tcp://h is down",
        remedy: "Check that the target Milvus runs and answers at its address.",
        attempts: 3,
        failed_at: "2023-11-14T22:13:20Z",
        next_try_at: "2023-11-14T22:13:25Z",
      },
      skipped: [{ reason: "bulk import", records: "4" }],
    });
    assert.deepEqual(collections, [
      {
        collection_id: "450000000000000001",
        database: "default",
        name: "a",
        target_database: "copy",
        target_name: "b",
        phase: "PHASE_BLOCKED",
        reason: "the target has another schema",
        lag_ms: "0",
      },
    ]);
  });
});
