import assert from "node:assert/strict";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";

describe("storms of DDL on a source", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let taskId: string;

  const equal = async (timeoutMs = 120_000): Promise<void> => {
    await becomesEqual(sandbox().source, sandbox().target, timeoutMs);
    assert.equal((await service.task(taskId)).state, "Running");
  };
  const ready = async (name: string, rows: number, database?: string): Promise<TestCollection> => {
    const collection = new TestCollection(sandbox().source, name, database === undefined ? {} : { database });
    await collection.createLoaded();
    await collection.insert(1, rows);
    return collection;
  };

  before(async function () {
    this.timeout(240_000);
    const { brokers, sourceUri, targetUri } = sandbox();
    for (const name of ["dropped", "renamed", "one", "two"]) await ready(name, 3_000);
    service = await ServiceProcess.start({ sourceUri, brokers });
    taskId = await service.createTask(targetUri);
  });
  after(() => service[Symbol.asyncDispose]());

  it("collections that are dropped or renamed while they are copied, and two that change their names, end as they are", async () => {
    const { source } = sandbox();
    const names = { db_name: "default" };
    const rename = async (from: string, to: string): Promise<void> =>
      check(await source.renameCollection({ ...names, collection_name: from, new_collection_name: to }));
    await new TestCollection(source, "dropped").drop();
    await rename("renamed", "other");
    const other = new TestCollection(source, "other");
    for (let i = 0; i < 10; i++) await other.insert(4_000 + i * 10, 4_009 + i * 10);
    await rename("one", "three");
    await rename("two", "one");
    await rename("three", "two");
    await new TestCollection(source, "one").insert(5_000, 5_010);
    await new TestCollection(source, "two").insert(6_000, 6_010);
    await equal();
    await rename("other", "renamed");
    await rename("renamed", "again");
    await ready("renamed", 10);
    await equal();
  });

  it("a name that is dropped and made anew ten times a second, each time with another schema, ends with the last", async () => {
    const { source } = sandbox();
    for (let dim = 2; dim <= 11; dim++) {
      const collection = new TestCollection(source, "storm", { dim });
      await collection.create({ shards_num: 2 });
      if (dim % 2 === 0) await collection.insert(dim * 10, dim * 10 + 5);
      if (dim < 11) await collection.drop();
    }
    const last = new TestCollection(source, "storm", { dim: 11 });
    await last.insert(1, 5);
    await last.index();
    await last.load();
    await equal();
  });

  it("databases that are made, filled, dropped and made anew end as they are", async () => {
    const { source } = sandbox();
    for (let round = 0; round < 3; round++) {
      check(await source.createDatabase({ db_name: "storms" }));
      const collections = ["a", "b"].map((name) => new TestCollection(source, name, { database: "storms" }));
      for (const collection of collections) {
        await collection.create();
        await collection.insert(round * 10 + 1, round * 10 + 5);
      }
      if (round === 2) break;
      for (const collection of collections) await collection.drop();
      check(await source.dropDatabase({ db_name: "storms" }));
    }
    const kept = new TestCollection(source, "a", { database: "storms" });
    await kept.index();
    await kept.load();
    await equal();
  });

  it("a hundred collections at once are there, and gone when they are dropped", async () => {
    const { source } = sandbox();
    const many = Array.from({ length: 100 }, (_, i) => new TestCollection(source, `many_${i}`));
    await Promise.all(many.map((collection) => collection.create()));
    await Promise.all(many.map((collection) => collection.insert(1, 5)));
    for (const collection of many.slice(0, 5)) {
      await collection.index();
      await collection.load();
    }
    await equal(240_000);
    await Promise.all(many.map((collection) => collection.drop()));
    await equal(240_000);
  });
});
