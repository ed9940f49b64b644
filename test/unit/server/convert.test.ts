import assert from "node:assert/strict";
import { create, toJson, type MessageInitShape } from "@bufbuild/protobuf";
import { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { TaskSchema } from "#gen/milvus/cdc/v1/task_pb.js";
import { CdcError } from "../../../src/model/errors.js";
import { countsOf } from "../../../src/model/last-verification.js";
import type { TaskRecord } from "../../../src/model/task.js";
import { taskSpecFromProto } from "../../../src/server/task-spec-from-proto.js";
import { blockedRecordToProto } from "../../../src/server/blocked-record-to-proto.js";
import { taskToProto } from "../../../src/server/task-to-proto.js";
import { aBlockedRecord, aVerification } from "../../support/metastore-values.js";
import { retryingObservation } from "../../support/server-observations.js";

const target = { uri: "h:1" };
const NOW = Date.parse("2026-11-23T12:00:00Z");

type CreateTask = Exclude<MessageInitShape<typeof CreateTaskRequestSchema>, { $typeName: string }>;

function withTarget(request: CreateTask): CreateTask {
  return { milvusConnectParam: target, ...request };
}

describe("taskSpecFromProto", () => {
  const spec = (request: CreateTask) =>
    taskSpecFromProto(create(CreateTaskRequestSchema, withTarget(request)), NOW);

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
        earlyApply: undefined,
        start: { kind: "snapshot" },
        loadForSnapshot: true,
        replicateRbac: false,
        given: [],
        rpcChannel: undefined,
      },
    );
  });

  it("takes over options, and notes which were given", () => {
    const options = { loadForSnapshot: false, replicateRbac: false, earlyApply: false };
    const { start, loadForSnapshot, replicateRbac, earlyApply, given } = spec({
      ...options,
      startPosition: "2026-11-23T13:59:59.5+02:00",
    });
    assert.deepEqual(start, { kind: "time", ms: NOW - 500 });
    assert.deepEqual({ loadForSnapshot, replicateRbac, earlyApply }, options);
    assert.deepEqual(given, ["start", "loadForSnapshot", "replicateRbac"]);
  });

  it("takes a schedule of verifications, and none for 0", () => {
    assert.deepEqual(spec({ verifyEverySeconds: 60, verifyLevel: "full" }).verifySchedule, {
      everySeconds: 60,
      level: "full",
      maxRowsPerSecond: undefined,
    });
    const { level, maxRowsPerSecond } =
      spec({ verifyEverySeconds: 60, verifyLevel: "", verifyMaxRowsPerSecond: 5 }).verifySchedule ??
      assert.fail();
    assert.deepEqual([level, maxRowsPerSecond], [undefined, 5]);
    assert.ok(!("verifySchedule" in spec({ verifyEverySeconds: 0, verifyLevel: "full" })));
  });

  it("takes collections that are left out", () => {
    const excludeCollections = { "*": { collectionInfos: [{ name: "tmp_*" }] } };
    assert.deepEqual(spec({ excludeCollections }).excluded, { "*": ["tmp_*"] });
    assert.throws(
      () => spec({ excludeCollections: { d: { collectionInfos: [{ name: "a\n" }] } } }),
      /control character/,
    );
    assert.ok(!("excluded" in spec({})));
  });

  it("takes empty values of the older tool's fields for none", () => {
    const { start, replicateRbac, rpcChannel, given } = spec({
      startPosition: "",
      extraInfo: { enableUserRole: false },
      rpcChannelInfo: { name: "" },
    });
    assert.deepEqual([start, replicateRbac, rpcChannel, given], [{ kind: "snapshot" }, false, undefined, []]);
  });

  it("takes enable_user_role for replicate_rbac", () => {
    const { replicateRbac, given } = spec({ extraInfo: { enableUserRole: true } });
    assert.deepEqual([replicateRbac, given], [true, ["replicateRbac"]]);
  });

  it("keeps the channel that the older tool's clients name", () => {
    assert.equal(spec({ rpcChannelInfo: { name: "x-replicate-msg" } }).rpcChannel, "x-replicate-msg");
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
    [{ collectionInfos: [{ name: "a", partitions: ["p", "\0"] }] }, "collection_infos[0].partitions[1]"],
    [
      { excludeCollections: { a: { collectionInfos: [{ name: "b" }, { name: "c", partitions: ["p"] }] } } },
      'exclude_collections["a"].collection_infos[1].partitions',
    ],
    [{ startPosition: "2026-11-23T12:00:00.001Z" }, "start_position"],
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
      start: { kind: "snapshot" },
      loadForSnapshot: true,
      replicateRbac: false,
    },
    state: "Failed",
    reason: "http://u:s3cret@h:1 refuses the credentials",
    createdAtMs: 1_700_000_000_123,
    startTs: 0n,
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

  it("shows the schedule of verifications, the last one, and the next one of a running task", () => {
    const verifySchedule = { everySeconds: 60, level: "full" } as const;
    const scheduled: TaskRecord = {
      ...task,
      spec: { ...task.spec, verifySchedule },
      state: "Running",
      lastVerification: aVerification({ counts: countsOf((name) => (name === "extra" ? 2n : 0n)) }),
    };
    const fields = (of: TaskRecord) =>
      Object.entries(Object(shown({ task: of })) as object).filter(([key]) => key.includes("verif"));
    const last = {
      at: "2023-11-14T22:13:20.123Z",
      level: "full",
      outcome: "OUTCOME_DIFFER",
      extra: "2",
    };
    const given = [
      ["verify_every_seconds", 60],
      ["verify_level", "full"],
      ["last_verification", last],
    ];
    assert.deepEqual(fields(scheduled), [...given, ["next_verification_at", "2023-11-14T22:14:20Z"]]);
    assert.deepEqual(fields({ ...scheduled, state: "Paused" }), given);
    const repaired = { ...scheduled, lastVerification: aVerification({ isRepaired: true }) };
    const [, , [, told] = [], [, next] = []] = fields(repaired);
    assert.equal((told as Record<string, unknown>)["is_repaired"], true);
    assert.equal(next, "2023-11-14T22:13:20.123Z");
    assert.deepEqual(fields(task), []);
  });

  it("shows what a task is the reverse of", () => {
    const reverse = { ...task, spec: { ...task.spec, reverseOf: "2" } };
    assert.equal((shown({ task: reverse }) as { reverse_of?: string }).reverse_of, "2");
  });

  it("shows the options that were given, also where they are the default, and times in UTC", () => {
    const given = ["start", "loadForSnapshot", "replicateRbac"] as const;
    const options = (spec: Partial<TaskRecord["spec"]>) => {
      const json = Object(shown({ task: { ...task, spec: { ...task.spec, ...spec } } })) as object;
      return Object.entries(json).filter(([key]) => /^(start_position|load_for|replicate_|early_)/.test(key));
    };
    assert.deepEqual(options({ given }), [
      ["start_position", "snapshot"],
      ["load_for_snapshot", true],
      ["replicate_rbac", false],
    ]);
    for (const earlyApply of [true, false])
      assert.deepEqual(options({ earlyApply }), [["early_apply", earlyApply]]);
    assert.deepEqual(options({ start: { kind: "time", ms: 1_700_000_000_123 }, given: ["start"] }), [
      ["start_position", "2023-11-14T22:13:20.123Z"],
    ]);
  });

  it("says nothing of an end that no clock will show", () => {
    const observation = retryingObservation("down");
    const [first] = observation.collections;
    assert.ok(first);
    const copy = { copiedRows: 1n, totalRows: 2n, rowsPerSecond: 1e-9, estimatedEndMs: 1e300 };
    const json = JSON.stringify(
      shown({ task, observation: { ...observation, collections: [{ ...first, copy }] } }),
    );
    assert.match(json, /"snapshot":\{"copied_rows":"1","total_rows":"2"\}/);
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
      backlog_records: "9007199254740993",
      rows_per_second: 1234.6,
      bytes_per_second: 98765.4,
      last_error: {
        code: "TARGET_UNAVAILABLE",
        message: "tcp://h is down",
        remedy: "Check that the target Milvus runs and answers at its address.",
        attempts: 3,
        failed_at: "2023-11-14T22:13:20Z",
        next_try_at: "2023-11-14T22:13:25Z",
      },
      skipped: [{ reason: "bulk import", records: "4", remedy: "Copy the rows." }],
      healed_differences: "6",
      retention_margin_ms: "3600000",
      problems: ["user ada is missing on the target"],
    });
    const named = (name: string) => ({
      collection_id: "450000000000000001",
      database: "default",
      name,
      target_database: "copy",
      target_name: "b",
    });
    assert.deepEqual(collections, [
      { ...named("a"), phase: "PHASE_BLOCKED", reason: "the target has another schema", lag_ms: "0" },
      {
        ...named("c"),
        phase: "PHASE_SNAPSHOT",
        snapshot: {
          copied_rows: "9007199254740993",
          total_rows: "9007199254740995",
          rows_per_second: 1234.6,
          estimated_end: "2023-11-14T22:13:20.001Z",
        },
        skipped: [{ reason: "bulk import", records: "3", remedy: "Copy the rows." }],
      },
      { ...named("d"), phase: "PHASE_SNAPSHOT", snapshot: { copied_rows: "0" } },
    ]);
  });

  it("shows the record that blocks a collection, and the task's history, without credentials", () => {
    const observation = retryingObservation("");
    const blockedRecord = aBlockedRecord({ cause: "TARGET_REJECTED: tcp://u:s3cret@h says no" });
    const collections = observation.collections.slice(0, 1).map((view) => ({ ...view, blockedRecord }));
    const history = [
      { atMs: 1_700_000_000_000, text: "retrying: tcp://u:s3cret@h is down" },
      { atMs: 1_700_000_000_001, text: "blocked", collection: { database: "default", name: "a" } },
    ];
    const json = Object(shown({ task, observation: { ...observation, collections }, history })) as {
      collections: { blocked_record: unknown }[];
      history: unknown;
    };
    assert.deepEqual(json.collections[0]?.blocked_record, {
      collection_id: "446744073709551615",
      database: "default",
      name: "one",
      channel_name: "by-dev-rootcoord-dml_0",
      offset: "9007199254740993",
      cause: "TARGET_REJECTED: tcp://h says no",
      blocked_at: "2023-11-14T22:13:20.123Z",
      value: "AP8KAA==",
      size_bytes: "4",
    });
    assert.deepEqual(json.history, [
      { at: "2023-11-14T22:13:20Z", text: "retrying: tcp://h is down" },
      { at: "2023-11-14T22:13:20.001Z", text: "blocked", database: "default", collection: "a" },
    ]);
  });

  it("cuts the bytes of a record, and tells how many it has", () => {
    const { value, sizeBytes } = blockedRecordToProto(aBlockedRecord({ value: new Uint8Array(70_000) }));
    assert.deepEqual([value.length, sizeBytes], [16_384, 70_000n]);
  });

  it("says of a task that stands still what does not move", () => {
    const observation = { ...retryingObservation(""), status: "stalled" as const, retry: undefined };
    const { reason } = Object(
      shown({ task: { ...task, state: "Running", reason: undefined }, observation }),
    ) as Record<string, unknown>;
    assert.equal(reason, "stalled - user ada is missing on the target");
  });

  it("says of a task that waits for nothing how many of its collections are blocked, and why the first is", () => {
    const observation = { ...retryingObservation(""), status: "flowing" as const, retry: undefined };
    const { reason } = Object(
      shown({ task: { ...task, state: "Running", reason: undefined }, observation }),
    ) as Record<string, unknown>;
    assert.equal(reason, "1 of 3 collections blocked, default.a - the target has another schema");
  });
});
