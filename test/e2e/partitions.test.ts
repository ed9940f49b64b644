import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import {
  ConsistencyLevelEnum,
  DataType,
  ShowPartitionsType,
  type MilvusClient,
} from "@zilliz/milvus2-sdk-node";
import { TestCollection } from "../support/e2e-collection.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { inWords, verify, type Verified } from "../support/verify-client.js";

const NAME = "c";
const SELECTED = { name: NAME, partitions: ["a", "2026_*"] };
/** Of the target's rows of its own: some keys are those of rows of the source as well. */
const OWN = { b: [1_000, 1_001, 50_000], _default: [1_000, 60_000] };

describe("a task of some partitions", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let taskId: string;

  before(async function () {
    this.timeout(120_000);
    service = await ServiceProcess.over(sandbox().sandbox);
  });
  after(() => service[Symbol.asyncDispose]());

  const run = (options: object = {}): Promise<Verified> => verify(service.port, { taskId, ...options });

  async function partitionsOf(
    client: MilvusClient,
    type: ShowPartitionsType = ShowPartitionsType.All,
  ): Promise<string[]> {
    const { partition_names, status } = await client.showPartitions({ collection_name: NAME, type });
    check(status);
    return [...partition_names].sort();
  }

  /** Every row of a partition, doubled ones twice. */
  async function rowsIn(client: MilvusClient, partition: string): Promise<string[]> {
    const request = { collection_name: NAME, partition_names: [partition] };
    const strong = { consistency_level: ConsistencyLevelEnum.Strong };
    const { data, status } = await client.query({
      ...request,
      ...strong,
      filter: "id >= 0",
      output_fields: ["id", "n"],
    });
    check(status);
    const counted = await client.query({ ...request, ...strong, filter: "", output_fields: ["count(*)"] });
    assert.equal(Number(counted.data[0]?.["count(*)"]), data.length, `count of ${partition}`);
    return data.map(({ id, n }) => `${String(id)}=${String(n)}`).sort();
  }

  async function areEqual(partitions: readonly string[]): Promise<void> {
    const { source, target } = sandbox();
    await eventually(async () => {
      for (const partition of partitions)
        assert.deepEqual(await rowsIn(target, partition), await rowsIn(source, partition), partition);
    }, 90_000);
  }

  async function ownRowsAreThere(): Promise<void> {
    for (const [partition, ids] of Object.entries(OWN))
      assert.deepEqual(
        await rowsIn(sandbox().target, partition),
        ids.map((id) => `${id}=${id * 10}`).sort(),
        partition,
      );
  }

  /** Rows of some ids with another value. */
  async function upsert(ids: readonly number[], partition: string, value: number): Promise<void> {
    const data = ids.map((id) => ({ id, n: value, vec: [id, 0, 0, 0] }));
    const { status } = await sandbox().source.upsert({
      collection_name: NAME,
      partition_name: partition,
      data,
    });
    check(status);
  }

  async function remove(client: MilvusClient, ids: readonly number[], partition?: string): Promise<void> {
    const { status } = await client.delete({
      collection_name: NAME,
      filter: `id in [${ids.join()}]`,
      ...(partition !== undefined && { partition_name: partition }),
    });
    check(status);
  }

  it("copies the existing rows of those, and neither makes nor changes others", async () => {
    const { source, target, targetUri } = sandbox();
    const c = new TestCollection(source, NAME);
    await c.create();
    for (const partition of ["a", "b", "2026_01"]) await c.createPartition(partition);
    await c.index();
    await c.load();
    await c.insert(1_000, 1_999, { partition: "a" });
    await c.insert(2_000, 2_999, { partition: "b" });
    await c.insert(3_000, 3_999, { partition: "2026_01" });
    await c.insert(4_000, 4_099);
    const own = new TestCollection(target, NAME);
    await own.create();
    await own.createPartition("b");
    await own.index();
    check(await target.loadPartitions({ collection_name: NAME, partition_names: Object.keys(OWN) }));
    for (const [partition, ids] of Object.entries(OWN))
      for (const id of ids) await own.insert(id, id, { partition });
    taskId = await service.createTask(targetUri, [], { collection_infos: [SELECTED] });
    const task = (await service.task(taskId)) as { collection_infos?: unknown };
    assert.deepEqual(task.collection_infos, [SELECTED]);
    await eventually(async () =>
      assert.deepEqual(await partitionsOf(target, ShowPartitionsType.Loaded), [
        "2026_01",
        "_default",
        "a",
        "b",
      ]),
    );
    await areEqual(["a", "2026_01"]);
    assert.deepEqual(await partitionsOf(target), ["2026_01", "_default", "a", "b"]);
    await ownRowsAreThere();
  });

  it("follows what is written to them, by name and without one", async () => {
    const { source } = sandbox();
    const c = new TestCollection(source, NAME);
    await c.createPartition("2026_02");
    await c.insert(5_000, 5_099, { partition: "2026_02" });
    await c.insert(6_000, 6_099, { partition: "a" });
    await c.insert(6_100, 6_199, { partition: "b" });
    await c.insert(6_200, 6_299);
    await upsert([1_010, 1_011], "a", 7);
    await upsert([2_010], "b", 7);
    await remove(source, [1_020, 2_020], "a");
    // in all partitions: of these keys, the target has rows of its own
    await remove(source, [1_000, 1_001, 3_000, 5_000, 2_000]);
    await areEqual(["a", "2026_01", "2026_02"]);
    assert.ok((await rowsIn(sandbox().target, "a")).length > 1_000);
    await ownRowsAreThere();
  });

  it("makes and drops those that are selected alone", async () => {
    const { source, target } = sandbox();
    const c = new TestCollection(source, NAME);
    for (const partition of ["z", "2026_03"]) await c.createPartition(partition);
    for (const partition of ["b", "2026_02"]) {
      check(await source.releasePartitions({ collection_name: NAME, partition_names: [partition] }));
      await c.dropPartition(partition);
    }
    await c.insert(7_000, 7_000, { partition: "a" });
    await areEqual(["a", "2026_01"]);
    await eventually(async () =>
      assert.deepEqual(await partitionsOf(target), ["2026_01", "2026_03", "_default", "a", "b"]),
    );
    await areEqual(["2026_03"]);
    await ownRowsAreThere();
  });

  it("loses and doubles nothing of them when it is killed", async () => {
    const { source } = sandbox();
    const c = new TestCollection(source, NAME);
    await c.createPartition("b");
    check(await source.loadPartitions({ collection_name: NAME, partition_names: ["b"] }));
    const writing = (async () => {
      for (let i = 0; i < 60; i++) {
        const first = 10_000 + i * 100;
        await c.insert(first, first + 49, { partition: "a" });
        await c.insert(first + 50, first + 99, { partition: "b" });
        await remove(source, [first, first + 60]);
        await delay(50);
      }
    })();
    for (let i = 0; i < 3; i++) {
      await delay(1_000);
      await service.end("SIGKILL");
      await service.launch();
    }
    await writing;
    await areEqual(["a", "2026_01", "2026_03"]);
    await ownRowsAreThere();
  });

  it("is verified and repaired in them alone", async () => {
    const { target } = sandbox();
    const clean = await run();
    assert.deepEqual([inWords(clean), clean.result.isEqual, clean.result.isComplete], [[], true, true]);
    // GIVEN damage in a selected partition, and other rows in one that is not
    await remove(target, [1_100, 1_101], "a");
    await new TestCollection(target, NAME).insert(900_000, 900_000, { partition: "2026_01" });
    await new TestCollection(target, NAME).insert(70_000, 70_000, { partition: "b" });
    const wanted = ["extra c 900000", "missing c 1100", "missing c 1101"];
    assert.deepEqual(inWords(await run()), wanted);
    // of the two selected ones, and not of the other
    assert.equal(inWords(await run({ level: 1 })).length, 2);
    assert.deepEqual(inWords(await run({ repair: true })), wanted);
    const after = await run();
    assert.deepEqual([inWords(after), after.result.isEqual], [[], true]);
    await remove(target, [70_000], "b");
    await areEqual(["a", "2026_01"]);
    await ownRowsAreThere();
  });

  it("loads and releases them alone", async () => {
    const { source, target } = sandbox();
    check(await source.releasePartitions({ collection_name: NAME, partition_names: ["2026_01"] }));
    await eventually(async () =>
      assert.deepEqual(await partitionsOf(target, ShowPartitionsType.Loaded), [
        "2026_03",
        "_default",
        "a",
        "b",
      ]),
    );
    check(await source.releaseCollection({ collection_name: NAME }));
    await eventually(async () =>
      assert.deepEqual(await partitionsOf(target, ShowPartitionsType.Loaded), ["_default", "b"]),
    );
    await ownRowsAreThere();
    check(await source.loadCollection({ collection_name: NAME }));
    await eventually(async () =>
      assert.deepEqual(await partitionsOf(target, ShowPartitionsType.Loaded), [
        "2026_01",
        "2026_03",
        "_default",
        "a",
        "b",
      ]),
    );
    await areEqual(["a", "2026_01"]);
  });

  it("makes them equal anew by a resume with resnapshot, and leaves others as they are", async () => {
    const { source, target } = sandbox();
    await service.cdc("pause", { task_id: taskId });
    await remove(source, [1_200], "a");
    await new TestCollection(target, NAME).insert(800_000, 800_000, { partition: "a" });
    const { status } = await service.cdc("resume", { task_id: taskId, resnapshot: true });
    assert.equal(status, 200);
    await areEqual(["a", "2026_01", "2026_03"]);
    await ownRowsAreThere();
  });

  it("blocks a collection with a partition key, and a plan says so before", async () => {
    const { source, targetUri } = sandbox();
    const fields = [
      { name: "id", data_type: DataType.Int64, is_primary_key: true },
      { name: "t", data_type: DataType.VarChar, max_length: 10, is_partition_key: true },
      { name: "vec", data_type: DataType.FloatVector, dim: 4 },
    ];
    check(await source.createCollection({ collection_name: "keyed", fields, num_partitions: 4 }));
    const request = {
      milvus_connect_param: { uri: targetUri },
      collection_infos: [{ name: "keyed", partitions: ["_default_0"] }],
    };
    const { body } = await service.cdc("create", { ...request, validate_only: true });
    const plan = body.data?.["plan"] as { collections: { problems: string[] }[] };
    assert.match(plan.collections[0]?.problems.join() ?? "", /has a partition key/);
    const created = await service.cdc("create", request);
    const id = String(created.body.data?.["task_id"]);
    await eventually(async () =>
      assert.match((await service.task(id)).reason ?? "", /PARTITIONS_NOT_SELECTABLE/),
    );
    await service.cdc("delete", { task_id: id });
  });

  it("leaves what is the target's own when the source's collection is dropped", async () => {
    const { source, target } = sandbox();
    await new TestCollection(source, NAME).drop();
    await eventually(async () => assert.deepEqual(await partitionsOf(target), ["_default", "b"]));
    await ownRowsAreThere();
    await service.cdc("delete", { task_id: taskId });
  });

  it("empties the default partition then, which no server drops", async () => {
    const { source, target, targetUri } = sandbox();
    const own = new TestCollection(target, "d");
    await own.create();
    await own.createPartition("own");
    await own.insert(1, 3, { partition: "own" });
    const d = new TestCollection(source, "d");
    await d.createLoaded();
    await d.insert(1, 100);
    await service.createTask(targetUri, [], { collection_infos: [{ name: "d", partitions: ["_default"] }] });
    const countIn = async (partition: string): Promise<number> => {
      const { data, status } = await target.query({
        collection_name: "d",
        partition_names: [partition],
        filter: "",
        output_fields: ["count(*)"],
        consistency_level: ConsistencyLevelEnum.Strong,
      });
      check(status);
      return Number(data[0]?.["count(*)"]);
    };
    await eventually(async () => assert.equal(await countIn("_default"), 100));
    // GIVEN that it has to be loaded again for that
    await service.end("SIGKILL");
    check(await target.releaseCollection({ collection_name: "d" }));
    await d.drop();
    await service.launch();
    await eventually(async () => assert.equal(await countIn("_default"), 0));
    check(await target.loadPartitions({ collection_name: "d", partition_names: ["own"] }));
    await eventually(async () => assert.equal(await countIn("own"), 3));
  });

  it("keeps a database that it made while something is left in it, and no other", async () => {
    const { source, target, targetUri } = sandbox();
    const db_collections = { "db?": [{ name: "*", partitions: ["a"] }] };
    const id = await service.createTask(targetUri, [], { collection_infos: [], db_collections });
    const databases = async (): Promise<string[]> =>
      (await target.listDatabases()).db_names.filter((name) => name.startsWith("db")).sort();
    for (const database of ["db1", "db2"]) {
      check(await source.createDatabase({ db_name: database }));
      await new TestCollection(source, "e", { database }).create();
    }
    await eventually(async () => {
      assert.deepEqual(await databases(), ["db1", "db2"]);
      for (const database of ["db1", "db2"])
        assert.equal((await target.hasCollection({ db_name: database, collection_name: "e" })).value, true);
    });
    // GIVEN one that its owner has dropped on the target before
    check(await target.dropCollection({ db_name: "db2", collection_name: "e" }));
    check(await target.dropDatabase({ db_name: "db2" }));
    for (const database of ["db1", "db2"]) {
      await new TestCollection(source, "e", { database }).drop();
      check(await source.dropDatabase({ db_name: database }));
    }
    await eventually(async () => {
      const task = (await service.task(id)) as { collections?: unknown[] };
      assert.equal(task.collections?.length ?? 0, 0);
    });
    check(await target.createDatabase({ db_name: "db3" }));
    await delay(8_000);
    assert.deepEqual(await databases(), ["db1", "db3"]);
    assert.equal((await service.task(id)).reason, undefined);
    check(await target.dropCollection({ db_name: "db1", collection_name: "e" }));
    await eventually(async () => assert.deepEqual(await databases(), ["db3"]));
  });
});
