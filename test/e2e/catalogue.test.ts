import assert from "node:assert/strict";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { isWell } from "../support/is-well.js";

describe("what a collection has beside its rows", function () {
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

  async function reasonOf(name: string): Promise<string> {
    const { collections } = (await service.task(taskId)) as unknown as {
      collections: { name: string; reason?: string }[];
    };
    return collections.find((collection) => collection.name === name)?.reason ?? "";
  }

  async function healed(): Promise<number> {
    return Number((await service.task(taskId)).health?.["healed_differences"]);
  }

  /** A collection on both sides, loaded, with three rows. */
  async function replicated(name: string): Promise<TestCollection> {
    const collection = new TestCollection(sandbox().source, name);
    await collection.createLoaded();
    await collection.insert(1, 3);
    return collection;
  }

  async function aliasesOf(client: MilvusClient, name: string): Promise<string[]> {
    return [...(await client.describeCollection({ collection_name: name })).aliases].sort();
  }

  async function setProperties(
    client: MilvusClient,
    name: string,
    properties: Record<string, string | number>,
  ): Promise<void> {
    check(await client.alterCollectionProperties({ collection_name: name, properties }));
  }

  it("aliases follow: made, moved, changed with each other, and dropped", async () => {
    const { source, target } = sandbox();
    const blue = await replicated("blue");
    await replicated("green");
    check(await source.createAlias({ collection_name: "blue", alias: "live" }));
    check(await source.createAlias({ collection_name: "green", alias: "next" }));
    await equal();
    assert.deepEqual(await aliasesOf(target, "blue"), ["live"]);
    check(await source.alterAlias({ collection_name: "green", alias: "live" }));
    check(await source.alterAlias({ collection_name: "blue", alias: "next" }));
    await equal();
    assert.deepEqual(await aliasesOf(target, "green"), ["live"]);
    assert.deepEqual(await readIds(target, { ...blue.names, collection_name: "next" }), [1, 2, 3]);
    check(await source.dropAlias({ alias: "next" }));
    await equal();
    assert.deepEqual(await aliasesOf(target, "blue"), []);
  });

  it("the name of an alias can be that of a collection next", async () => {
    const { source, target } = sandbox();
    check(await source.createAlias({ collection_name: "blue", alias: "name" }));
    await equal();
    check(await source.dropAlias({ alias: "name" }));
    const next = await replicated("name");
    await next.insert(4, 5);
    await equal();
    assert.deepEqual(await readIds(target, next.names), [1, 2, 3, 4, 5]);
    assert.deepEqual(await readIds(target, { ...next.names, collection_name: "blue" }), [1, 2, 3]);
  });

  it("an alias of a dropped collection can be given to another one", async () => {
    const { source, target } = sandbox();
    const first = await replicated("first");
    await replicated("second");
    check(await source.createAlias({ collection_name: "first", alias: "one_of_two" }));
    await equal();
    check(await source.alterAlias({ collection_name: "second", alias: "one_of_two" }));
    await first.drop();
    await equal();
    assert.deepEqual(await aliasesOf(target, "second"), ["one_of_two"]);
  });

  it("an alias whose name the target has given away is a problem that ends with its cause", async () => {
    const { source, target } = sandbox();
    const taken = new TestCollection(target, "taken");
    await taken.create();
    const collection = await replicated("holder");
    check(await source.createAlias({ collection_name: "holder", alias: "taken" }));
    await eventually(async () =>
      assert.match(await reasonOf("holder"), /create-alias taken is not possible/),
    );
    await collection.insert(4, 6);
    await eventually(async () =>
      assert.deepEqual(await readIds(target, collection.names), [1, 2, 3, 4, 5, 6]),
    );
    await taken.drop();
    await equal();
    await eventually(async () => assert.equal(await reasonOf("holder"), ""));
  });

  it("properties follow, also of a loaded collection, and limits of resources do not", async () => {
    const { source, target } = sandbox();
    await replicated("properties");
    await setProperties(source, "properties", {
      "collection.ttl.seconds": 86_400,
      "mmap.enabled": "true",
      "collection.insertRate.max.mb": 7,
    });
    await setProperties(target, "properties", { "collection.insertRate.max.mb": 3, "own.property": "kept" });
    await eventually(async () => {
      const { properties } = await target.describeCollection({ collection_name: "properties" });
      const found = Object.fromEntries(properties.map(({ key, value }) => [key, value]));
      assert.deepEqual(found, {
        "collection.ttl.seconds": "86400",
        "mmap.enabled": "true",
        "collection.insertRate.max.mb": "3",
        "own.property": "kept",
      });
    });
    await new TestCollection(source, "properties").drop();
    await equal();
  });

  it("partitions are loaded and released one by one", async () => {
    const { source } = sandbox();
    const collection = new TestCollection(source, "partitions");
    await collection.create();
    for (const partition of ["p", "q", "r"]) await collection.createPartition(partition);
    await collection.insert(1, 3, { partition: "p" });
    await collection.insert(4, 6, { partition: "q" });
    await collection.index();
    const some = (...partition_names: string[]): object => ({ ...collection.names, partition_names });
    check(await source.loadPartitionsSync(some("p") as never));
    await equal();
    check(await source.loadPartitionsSync(some("q", "r") as never));
    check(await source.releasePartitions(some("p") as never));
    await equal();
    await collection.load();
    await collection.createPartition("later");
    await equal();
    check(await source.releasePartitions(some("r", "later") as never));
    await equal();
  });

  it("indexes follow when their kind, metric or name changes, and when they are dropped", async () => {
    const { source } = sandbox();
    const collection = await replicated("indexes");
    const vector = { ...collection.names, field_name: "vec" };
    const kinds = [
      { index_type: "HNSW", metric_type: "IP", params: { M: 8, efConstruction: 32 } },
      { index_type: "HNSW", metric_type: "IP", params: { M: 16, efConstruction: 32 } },
      { index_type: "IVF_FLAT", metric_type: "COSINE", params: { nlist: 4 }, index_name: "other" },
    ];
    for (const kind of kinds) {
      await collection.release();
      const { index_descriptions } = await source.describeIndex(collection.names);
      for (const { index_name } of index_descriptions)
        check(await source.dropIndex({ ...vector, index_name }));
      check(await source.createIndex({ ...vector, ...kind }));
      await collection.load();
      await equal();
    }
    check(await source.createIndex({ ...collection.names, field_name: "n", index_name: "numbers" }));
    await equal();
    await collection.release();
    check(await source.dropIndex({ ...vector, index_name: "other" }));
    check(await source.dropIndex({ ...collection.names, field_name: "n", index_name: "numbers" }));
    await equal();
  });

  it("what is dropped or released on the target behind the service's back comes back, and is counted", async () => {
    const { target } = sandbox();
    const { names } = await replicated("wounded");
    await equal();
    const before = await healed();
    // again when the service, between the two, has loaded it already
    await eventually(async () => {
      check(await target.releaseCollection(names));
      check(await target.dropIndex({ ...names, field_name: "vec" }));
    });
    await equal();
    // the index and the load
    await eventually(async () => assert.ok((await healed()) - before >= 2));
  });

  it("what only the target has stays, until it was the source's too", async () => {
    const { source, target } = sandbox();
    const collection = await replicated("shared");
    await equal();
    check(await target.createIndex({ ...collection.names, field_name: "n", index_name: "own" }));
    check(await target.createAlias({ collection_name: "shared", alias: "mine" }));
    // two comparisons later
    for (const seconds of [1_000, 2_000]) {
      await setProperties(source, "shared", { "collection.ttl.seconds": seconds });
      await eventually(async () => {
        const { properties } = await target.describeCollection({ collection_name: "shared" });
        assert.deepEqual(
          properties.map(({ value }) => value),
          [String(seconds)],
        );
      });
    }
    assert.deepEqual(await aliasesOf(target, "shared"), ["mine"]);
    const indexes = (await target.describeIndex(collection.names)).index_descriptions;
    assert.deepEqual(indexes.map(({ index_name }) => index_name).sort(), ["own", "vec"]);
    check(await source.createIndex({ ...collection.names, field_name: "n", index_name: "own" }));
    check(await source.createAlias({ collection_name: "shared", alias: "mine" }));
    await setProperties(source, "shared", { known: "yes" });
    await equal();
    check(await source.dropAlias({ alias: "mine" }));
    await collection.release();
    check(await source.dropIndex({ ...collection.names, field_name: "n", index_name: "own" }));
    await equal();
  });

  it("what was dropped while nothing ran goes when the service is back", async () => {
    const { source } = sandbox();
    const collection = await replicated("interrupted");
    check(await source.createAlias({ collection_name: "interrupted", alias: "passing" }));
    check(await source.createIndex({ ...collection.names, field_name: "n", index_name: "passing" }));
    await equal();
    await service.end("SIGKILL");
    check(await source.dropAlias({ alias: "passing" }));
    await collection.release();
    check(await source.dropIndex({ ...collection.names, field_name: "n", index_name: "passing" }));
    await service.launch();
    await equal();
  });

  it("a collection that was there before, and differs in what cannot be changed, gets its rows and a note", async () => {
    const { source, target } = sandbox();
    const before = { shards_num: 1, consistency_level: "Strong", description: "old" };
    await new TestCollection(target, "before").create(before);
    const collection = new TestCollection(source, "before");
    await collection.createLoaded({ shards_num: 2, consistency_level: "Bounded", description: "new" });
    await collection.insert(1, 3);
    await eventually(async () => assert.deepEqual(await readIds(target, collection.names), [1, 2, 3]));
    await eventually(async () => {
      const reason = await reasonOf("before");
      assert.match(reason, /the description is "old", that of the source is "new"/);
      assert.match(reason, /the consistency level is Strong, that of the source is Bounded/);
      assert.match(reason, /the number of shards is 1, that of the source is 2/);
    });
    await collection.drop();
    await equal();
  });

  it("after all that the task is well", async () => {
    await isWell(service, taskId);
  });
});
