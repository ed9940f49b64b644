import assert from "node:assert/strict";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { isWell } from "../support/is-well.js";
import { onFailure } from "../support/on-failure.js";
import { revive } from "../support/revive.js";

const UNKNOWN_ID = "0".repeat(32);

describe("a task's life", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let collection: TestCollection;
  let taskId: string;

  before(async function () {
    this.timeout(300_000);
    const { source, brokers, sourceUri, targetUri } = sandbox();
    service = await ServiceProcess.start({ sourceUri, brokers });
    collection = new TestCollection(source, "before");
    await collection.createLoaded({ shards_num: 2 });
    await writeMore();
    taskId = await service.createTask(targetUri);
  });
  after(() => service[Symbol.asyncDispose]());
  onFailure(() => service.lastLines);

  /** The last id that was written: no test needs to know what those before it wrote. */
  let last = 0;
  const writeMore = async (): Promise<void> => {
    await collection.insert(last + 1, last + 10);
    last += 10;
  };
  const targetIds = (): Promise<number[]> => readIds(sandbox().target, collection.names);
  const targetHasAll = (timeoutMs?: number): Promise<void> =>
    eventually(async () => assert.deepEqual(await targetIds(), range(1, last)), timeoutMs);
  const range = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i);

  it("copies what was there before, and replicates what is written after its creation", async () => {
    await writeMore();
    await targetHasAll();
    await becomesEqual(sandbox().source, sandbox().target);
  });

  it("paused, it leaves the target alone; resumed, it goes on without a gap", async () => {
    assert.deepEqual((await service.cdc("pause", { task_id: taskId })).body, { code: 200, data: {} });
    assert.equal((await service.task(taskId)).state, "Paused");
    const before = await targetIds();
    await writeMore();
    const later = new TestCollection(sandbox().source, "while_paused");
    await later.create();
    await later.insert(1, 5);
    await later.index();
    await later.load();
    assert.deepEqual(await targetIds(), before);
    assert.equal((await service.cdc("pause", { task_id: taskId })).status, 409);
    assert.deepEqual((await service.cdc("resume", { task_id: taskId })).body, { code: 200, data: {} });
    await targetHasAll();
    await becomesEqual(sandbox().source, sandbox().target);
    assert.equal((await service.cdc("resume", { task_id: taskId })).status, 409);
  });

  it("stops with the service in order, and goes on with it by itself", async () => {
    assert.equal(await service.end("SIGTERM"), 0);
    await writeMore();
    await service.launch();
    await targetHasAll();
    assert.equal((await service.task(taskId)).state, "Running");
  });

  it("a dead target is retried visibly, with the cause, and the task stays Running", async () => {
    const { target } = sandbox().sandbox;
    await target.kill();
    try {
      await writeMore();
      await eventually(async () => {
        const { state, reason } = await service.task(taskId);
        assert.equal(state, "Running");
        assert.match(reason ?? "", /TARGET_UNAVAILABLE/);
      });
      const refused = await service.cdc("create", {
        milvus_connect_param: { uri: sandbox().targetUri, connect_timeout: 1 },
        collection_infos: [{ name: "*" }],
      });
      assert.equal(refused.status, 400);
      assert.match(refused.body.message ?? "", new RegExp(new URL(sandbox().targetUri).host));
    } finally {
      await revive(target);
    }
    await targetHasAll(120_000);
    await isWell(service, taskId);
  });

  it("a target that cannot be one is refused, and leaves no task", async () => {
    const { brokers } = sandbox();
    const params = [
      { uri: `http://${brokers[0] ?? ""}`, connect_timeout: 2 },
      { uri: "https://127.0.0.1:1", dial_config: { ca_pem_path: "/does/not/exist" } },
      { uri: "http://127.0.0.1:1", connect_timeout: 2 },
    ];
    for (const milvus_connect_param of params) {
      const { status, body } = await service.cdc("create", {
        milvus_connect_param,
        collection_infos: [{ name: "*" }],
      });
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(body.message ?? "", /^milvus_connect_param/);
    }
    assert.equal(((await service.cdc("list")).body.data?.["tasks"] as unknown[]).length, 1);
  });

  it("a channel of requests that is another source's is refused, and leaves no task", async () => {
    const request = (name: string): object => ({
      milvus_connect_param: { uri: sandbox().targetUri },
      collection_infos: [{ name: "*" }],
      rpc_channel_info: { name },
      disable_auto_start: true,
    });
    const { status, body } = await service.cdc("create", request("other-replicate-msg"));
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.message ?? "", /^rpc_channel_info\.name: must be by-dev-replicate-msg/);
    assert.equal(((await service.cdc("list")).body.data?.["tasks"] as unknown[]).length, 1);
    const taken = await service.cdc("create", request("by-dev-replicate-msg"));
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
    await service.cdc("delete", taken.body.data);
  });

  it("a task that would write the same is refused, and its plan says so, with what it would do", async () => {
    const request = {
      milvus_connect_param: { uri: sandbox().targetUri },
      collection_infos: [{ name: "*" }],
    };
    const refused = await service.cdc("create", request);
    assert.equal(refused.status, 400);
    assert.match(refused.body.message ?? "", new RegExp(`^collection_infos: task ${taskId} already writes `));
    const { body } = await service.cdc("create", { ...request, validate_only: true });
    const plan = body.data?.["plan"] as Record<string, unknown[]>;
    assert.ok((plan["channels"]?.length ?? 0) > 1, JSON.stringify(body));
    assert.match(String(plan["problems"]), /already writes/);
    for (const one of plan["collections"] as Record<string, unknown>[])
      assert.deepEqual(
        [one["is_on_target"], one["problems"], Number(one["rows"]) > 0],
        [true, undefined, true],
      );
    assert.equal(((await service.cdc("list")).body.data?.["tasks"] as unknown[]).length, 1);
  });

  it("deleted, it is forgotten, and the target keeps its data", async () => {
    assert.deepEqual((await service.cdc("delete", { task_id: taskId })).body, { code: 200, data: {} });
    assert.deepEqual((await service.cdc("list")).body, { code: 200, data: { tasks: [] } });
    assert.equal((await service.cdc("get", { task_id: taskId })).status, 404);
    assert.equal((await service.cdc("delete", { task_id: UNKNOWN_ID })).status, 404);
    const before = await targetIds();
    await writeMore();
    assert.deepEqual(await targetIds(), before);
  });

  it("replicates what was chosen only, under other names when asked", async () => {
    const { source, target, targetUri } = sandbox();
    await source.createDatabase({ db_name: "chosen" });
    const wanted = new TestCollection(source, "wanted", { database: "chosen" });
    const other = new TestCollection(source, "other", { database: "chosen" });
    for (const made of [wanted, other]) await made.create();
    const { body } = await service.cdc("create", {
      milvus_connect_param: {
        host: "127.0.0.1",
        port: Number(new URL(targetUri).port),
        username: "root",
        password: "Milvus",
      },
      db_collections: { chosen: [{ name: "wanted" }] },
      name_mapping: [
        { source_db: "chosen", target_db: "elsewhere", collection_mapping: { wanted: "renamed" } },
      ],
    });
    assert.equal(body.code, 200);
    for (const made of [wanted, other]) {
      await made.insert(1, 5);
      await made.index();
      await made.load();
    }
    const names = { db_name: "elsewhere", collection_name: "renamed" };
    await eventually(async () => assert.deepEqual(await readIds(target, names), range(1, 5)));
    assert.ok(!(await target.listDatabases()).db_names.includes("chosen"));
    const { data } = await target.showCollections({ db_name: "elsewhere" });
    assert.deepEqual(
      data.map(({ name }) => name),
      ["renamed"],
    );
    const list = (await service.cdc("list")).body.data?.["tasks"] as Record<string, unknown>[];
    const { milvus_connect_param: param, db_collections: collections } = list[0] ?? {};
    assert.deepEqual(param, { host: "127.0.0.1", port: Number(new URL(targetUri).port) });
    assert.deepEqual(collections, { chosen: [{ name: "wanted" }] });
  });
});
