import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { retryingObservation } from "../../support/server-observations.js";
import { createBody } from "../../support/server-bad-bodies.js";
import { emptyOlderFields } from "../../support/server-older-bodies.js";
import { plannedTopic } from "../../support/server-previews.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const TASK_ID = "0123456789abcdef0123456789abcdef";

describe("POST /cdc", () => {
  let harness: ServerHarness;
  beforeEach(async () => {
    harness = await ServerHarness.start();
  });
  afterEach(() => harness.server.stop(0));

  const post = async (body: string): Promise<unknown> => {
    const { status, headers, text } = await send(harness.port, "/cdc", {
      // What `curl -d` sends.
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    const answer: unknown = JSON.parse(text);
    assert.ok(typeof answer === "object" && answer !== null && "code" in answer);
    assert.equal(answer.code, status);
    assert.equal(headers["content-type"], "application/json");
    return answer;
  };
  const ask = (requestType: string, requestData?: object): Promise<unknown> =>
    post(JSON.stringify({ request_type: requestType, request_data: requestData }));

  it("creates, and gives back what was given, but no secrets and nothing else", async () => {
    const given = {
      collection_infos: [{ name: "*" }],
      db_collections: {
        db1: [{ name: "a", partitions: ["p", "2026_*"] }, { name: "b" }],
        "*": [{ name: "c" }],
      },
      name_mapping: [{ source_db: "db1", target_db: "db2", collection_mapping: { a: "x" } }],
    };
    const secrets = { uri: "http://u:s3cret@h:1", token: "s3cret" };
    const created = await post(
      createBody({ ...given, task_id: TASK_ID, milvus_connect_param: secrets, unknown_key: [1] }),
    );
    assert.deepEqual(created, { code: 200, data: { task_id: TASK_ID } });
    const task = {
      task_id: TASK_ID,
      milvus_connect_param: { uri: "http://h:1" },
      ...given,
      state: "Running",
      created_at: "2023-11-14T22:13:20Z",
    };
    assert.deepEqual(await ask("get", { task_id: TASK_ID }), { code: 200, data: { Task: task } });
    assert.deepEqual(await ask("list"), { code: 200, data: { tasks: [task] } });
    assert.equal(harness.tasks.tasks.get(TASK_ID)?.spec.connectParam.token, "s3cret");
  });

  it("answers the plan of a create that is only to be validated, and creates nothing", async () => {
    const problem = "the target http://u:s3cret@h:1 has another one";
    const name = { database: "default", name: "a" };
    const one = { source: name, target: { database: "copy", name: "b" }, isOnTarget: true, rows: 7n };
    const right = {
      privilege: "Query",
      objectType: "Collection",
      objectName: "a",
      condition: "always",
    } as const;
    harness.tasks.previewOf = () => ({
      collections: [{ ...one, channels: [], problems: [problem] }],
      collectionsTotal: 1,
      topics: [plannedTopic("by-dev-rootcoord-dml_0")],
      rights: {
        source: { needed: [right], missing: undefined, reason: "http://u:s3cret@h:1 does not tell" },
        target: { needed: [right], missing: [right], reason: "grant it" },
      },
      problems: [],
    });
    const before = harness.tasks.tasks.size;
    const answer = await post(createBody({ collection_infos: [{ name: "*" }], validate_only: true }));
    const planned = {
      ...name,
      target_database: "copy",
      target_name: "b",
      is_on_target: true,
      rows: "7",
      problems: ["the target http://h:1 has another one"],
    };
    const needed = { privilege: "Query", object_type: "Collection", object_name: "a" };
    const plan = {
      collections: [planned],
      collections_total: 1,
      channels: ["by-dev-rootcoord-dml_0"],
      topics: [{ name: "by-dev-rootcoord-dml_0", is_there: true, first_offset: "0", start_offset: "42" }],
      source_rights: { verdict: "VERDICT_UNKNOWN", reason: "http://h:1 does not tell", rights: [needed] },
      target_rights: {
        verdict: "VERDICT_MISSING",
        reason: "grant it",
        rights: [{ ...needed, is_missing: true }],
      },
    };
    assert.deepEqual(answer, { code: 200, data: { plan } });
    assert.equal(harness.tasks.tasks.size, before);
  });

  it("gives back options as they were given", async () => {
    const options = {
      start_position: "latest",
      load_for_snapshot: true,
      replicate_rbac: false,
      early_apply: false,
    };
    await post(createBody({ task_id: TASK_ID, ...options }));
    const answer = JSON.stringify(await ask("get", { task_id: TASK_ID }));
    assert.match(
      answer,
      /"start_position":"latest","load_for_snapshot":true,"replicate_rbac":false,"early_apply":false\}/,
    );
  });

  it("takes what the older tool's clients send, where it is empty or means the same here", async () => {
    await post(createBody({ task_id: TASK_ID, ...emptyOlderFields }));
    const empty = harness.tasks.tasks.get(TASK_ID)?.spec;
    assert.deepEqual(
      [empty?.start, empty?.replicateRbac, empty?.rpcChannel, empty?.given],
      [{ kind: "snapshot" }, false, undefined, []],
    );
    const task = {
      task_id: TASK_ID,
      milvus_connect_param: { uri: "http://127.0.0.1:19530" },
      collection_infos: [{ name: "a" }],
      state: "Running",
      created_at: "2023-11-14T22:13:20Z",
    };
    assert.deepEqual(await ask("get", { task_id: TASK_ID }), { code: 200, data: { Task: task } });
    await ask("delete", { task_id: TASK_ID });
    const nulls = Object.fromEntries(
      ["rpc_channel_info", "extra_info", "buffer_config", "kafka_connect_param", "positions"].map((key) => [
        key,
        null,
      ]),
    );
    await post(createBody({ task_id: TASK_ID, ...nulls }));
    await ask("delete", { task_id: TASK_ID });
    const meant = {
      extra_info: { enable_user_role: true },
      rpc_channel_info: { name: "by-dev-replicate-msg" },
    };
    await post(createBody({ task_id: TASK_ID, ...meant }));
    assert.equal(harness.tasks.tasks.get(TASK_ID)?.spec.rpcChannel, "by-dev-replicate-msg");
    assert.match(JSON.stringify(await ask("get", { task_id: TASK_ID })), /"replicate_rbac":true/);
  });

  it("resumes from the checkpoint, with existing rows, or without the records that block", async () => {
    await post(createBody({ task_id: TASK_ID }));
    for (const [given, meant] of [
      [{}, {}],
      [{ resnapshot: false }, { resnapshot: false }],
      [{ resnapshot: true }, { resnapshot: true }],
      [{ skip_blocked_record: true }, { skipBlockedRecord: true }],
    ] as const) {
      await ask("pause", { task_id: TASK_ID });
      assert.deepEqual(await ask("resume", { task_id: TASK_ID, ...given }), { code: 200, data: {} });
      const nothing = { resnapshot: undefined, skipBlockedRecord: undefined };
      assert.deepEqual(harness.tasks.lastResume, { ...nothing, ...meant });
    }
  });

  it("refuses to begin anew and to give records up in one request", async () => {
    const both = { task_id: TASK_ID, resnapshot: true, skip_blocked_record: true };
    const { code, message } = (await ask("resume", both)) as { code: number; message: string };
    assert.equal(code, 400);
    assert.match(message, /resnapshot and skip_blocked_record exclude each other/);
  });

  it("keeps host, port and the rest of the older form", async () => {
    const param = {
      host: "h",
      port: "19530",
      enable_tls: false,
      connect_timeout: 0,
      username: "",
      password: "",
    };
    await post(createBody({ milvus_connect_param: param, task_id: TASK_ID, disable_auto_start: true }));
    const answer = JSON.stringify(await ask("get", { task_id: TASK_ID }));
    assert.match(
      answer,
      /"milvus_connect_param":\{"host":"h","port":19530,"enable_tls":false,"connect_timeout":0\}/,
    );
    assert.match(answer, /"state":"Initial"/);
  });

  it("answers an empty object where there is nothing to say, and lists always", async () => {
    assert.deepEqual(await ask("list"), { code: 200, data: { tasks: [] } });
    await post(createBody({ task_id: TASK_ID }));
    assert.deepEqual(await ask("pause", { task_id: TASK_ID }), { code: 200, data: {} });
    assert.deepEqual(await ask("resume", { task_id: TASK_ID }), { code: 200, data: {} });
    assert.deepEqual(await ask("position", { task_id: TASK_ID }), { code: 200, data: { positions: [] } });
    assert.deepEqual(await ask("delete", { task_id: TASK_ID }), { code: 200, data: {} });
    assert.deepEqual(await ask("delete", { task_id: TASK_ID, ignore_not_found: true }), {
      code: 200,
      data: {},
    });
  });

  it("gives positions beyond what a JSON number holds", async () => {
    await post(createBody({ task_id: TASK_ID }));
    harness.tasks.progress.set(TASK_ID, [
      { channel: "dml_0", checkpoint: 9007199254740993n, tick: 1_700_000_000_000n << 18n, frontier: 0n },
      { channel: "dml_1", checkpoint: 1n, tick: 0n, frontier: 0n },
    ]);
    const positions = [
      { channel_name: "dml_0", offset: "9007199254740993", time: "2023-11-14T22:13:20Z" },
      { channel_name: "dml_1", offset: "1" },
    ];
    assert.deepEqual(await ask("position", { task_id: TASK_ID }), { code: 200, data: { positions } });
  });

  it("says what a running task waits for", async () => {
    await post(createBody({ task_id: TASK_ID }));
    harness.tasks.observations.set(
      TASK_ID,
      retryingObservation("http://u:s3cret@h:1 refuses the connection"),
    );
    const answer = JSON.stringify(await ask("get", { task_id: TASK_ID }));
    assert.match(answer, /"state":"Running"/);
    assert.match(
      answer,
      /"reason":"retrying, 3 tries so far - TARGET_UNAVAILABLE - http:\/\/h:1 refuses.* - Check that/,
    );
    assert.match(answer, /"inserted_rows":"9007199254740993"/);
    assert.doesNotMatch(answer, /s3cret/);
  });

  const failures: readonly [error: unknown, status: number, says: RegExp][] = [
    [
      new CdcError("TARGET_UNREACHABLE", "h:1 refuses the connection"),
      400,
      /^milvus_connect_param: h:1 refuses.* - Check/,
    ],
    [
      new CdcError("INVALID_ARGUMENT", "is not configured", { field: "source" }),
      400,
      /^source: is not configured$/,
    ],
    [new CdcError("TASK_NOT_FOUND", "there is no task x"), 404, /^there is no task x - List/],
    [new CdcError("TASK_STATE_CONFLICT", "it is Paused"), 409, /^it is Paused - Get/],
    [new CdcError("UNAVAILABLE", "stopping"), 503, /^stopping - /],
    [new CdcError("METASTORE_UNAVAILABLE", "disk full"), 503, /^disk full - /],
    [new CdcError("INTERNAL", "s3cret"), 500, /^internal error/],
    [new TypeError("s3cret"), 500, /^internal error/],
    ["s3cret", 500, /^internal error/],
  ];
  for (const [failure, status, says] of failures) {
    it(`answers ${status} for ${failure instanceof CdcError ? failure.code : typeof failure}`, async () => {
      harness.tasks.failure = { thrown: failure };
      const answer = await post(createBody({}));
      assert.ok(typeof answer === "object" && answer !== null && "code" in answer && "message" in answer);
      assert.equal(answer.code, status);
      assert.match(String(answer.message), says);
      assert.doesNotMatch(String(answer.message), /s3cret/);
    });
  }

  for (const name of [
    "__proto__",
    "constructor",
    "toString",
    "🙂",
    "名",
    "a b",
    '"',
    "\\",
    "x".repeat(255),
  ]) {
    it(`takes ${JSON.stringify(name.slice(0, 20))} as the name of a database and a collection`, async () => {
      const body = `{"request_type":"create","request_data":{"task_id":"${TASK_ID}","milvus_connect_param":{"uri":"h:1"},
        "db_collections":{${JSON.stringify(name)}:[{"name":${JSON.stringify(name)}}]}}}`;
      await post(body);
      const { databases } = harness.tasks.tasks.get(TASK_ID)?.spec ?? {};
      assert.deepEqual(Object.entries(databases ?? {}), [[name, [name]]]);
      const answer = JSON.stringify(await ask("get", { task_id: TASK_ID }));
      assert.ok(
        answer.includes(`"db_collections":{${JSON.stringify(name)}:[{"name":${JSON.stringify(name)}}]}`),
        answer,
      );
    });
  }

  it("takes the last of two equal keys, a number in quotes, and keys in camel case", async () => {
    const body = `{"request_type":"get","request_type":"create","request_data":{"taskId":"${TASK_ID}",
      "milvusConnectParam":{"host":"h","port":"1"},"dbCollections":{"d":[{"name":"a"}]}}}`;
    assert.deepEqual(await post(body), { code: 200, data: { task_id: TASK_ID } });
    assert.equal(harness.tasks.tasks.get(TASK_ID)?.spec.connectParam.port, 1);
  });

  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"]) {
    it(`answers 405 for ${method}, and that POST is allowed`, async () => {
      const { status, headers, text } = await send(harness.port, "/cdc?x=1", { method });
      assert.deepEqual([status, headers.allow, headers["content-type"]], [405, "POST", "application/json"]);
      assert.equal(text === "", method === "HEAD");
    });
  }
});
