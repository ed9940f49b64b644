import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { Mutex } from "../../../../src/async/mutex.js";
import { Slots } from "../../../../src/async/slots.js";
import type { MilvusAdmin } from "../../../../src/milvus/milvus-admin.js";
import type { MilvusRpc } from "../../../../src/milvus/milvus-rpc.js";
import type { RowDelete } from "../../../../src/model/change-event.js";
import type { CollectionStructure } from "../../../../src/model/structure.js";
import { dropSelected } from "../../../../src/sink/milvus/drop-selected.js";
import { MilvusCollection, type MilvusTarget } from "../../../../src/sink/milvus/milvus-collection.js";
import { TargetStructure } from "../../../../src/sink/milvus/target-structure.js";

const NAME = { database: "default", name: "c" };
const never = new AbortController().signal;

/** A target with one collection; what it was asked for, in words. */
class Target implements MilvusTarget {
  readonly calls: string[] = [];
  readonly largeRequests = new Slots(1);
  readonly lacksUpsert = false;
  aliases: string[] = [];
  readonly #structure: CollectionStructure;

  constructor(partitions: readonly string[], loaded: readonly string[] = partitions) {
    const replicas = loaded.length > 0 ? 2 : 0;
    this.#structure = { partitions, loaded, replicas, indexes: [], aliases: [], properties: {} };
  }

  readonly admin = {
    listPartitions: () => Promise.resolve(this.#structure.partitions),
    releasePartitions: (_: unknown, names: readonly string[]) => this.#note(`release ${names.join()}`),
    dropPartition: (_: unknown, name: string) => this.#note(`drop ${name}`),
    loadPartitions: (_: unknown, names: readonly string[], replicas: number) =>
      this.#note(`load ${names.join()} ${replicas}`),
  } as unknown as MilvusAdmin;

  readonly rpc = {
    describeCollection: () => Promise.resolve(described(this.aliases)),
    delete: ({ partition, expr }: { readonly partition: string; readonly expr: string }) =>
      this.#note(`delete ${expr} of '${partition}'`),
  } as unknown as MilvusRpc;

  readonly structure = Object.assign(new TargetStructure(this.admin, this.rpc, new Mutex()), {
    read: () => Promise.resolve(this.#structure),
    dropCollection: () => this.#note("drop all"),
  });

  #note(call: string): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }
}

function described(aliases: readonly string[]) {
  const fields = [{ name: "n" }, { name: "key", isPrimaryKey: true }];
  const schema = toBinary(CollectionSchemaSchema, create(CollectionSchemaSchema, { name: "c", fields }));
  return create(DescribeCollectionResponseSchema, { schema, aliases: [...aliases] });
}

function deleteOf(partition: string): RowDelete {
  const place = { ts: 1n, collectionId: 1n, partitionId: -1n, sizeBytes: 10 };
  return { kind: "delete", ...place, partition, keys: [7n, 8n] };
}

describe("a delete that names no partition", () => {
  const deleted = async (
    onlyPartitions: readonly string[] | undefined,
    partition = "",
  ): Promise<string[]> => {
    const target = new Target(["_default", "a", "b", "a2"]);
    const shape = { keyField: "key", hasPartitionKey: false };
    const collection = new MilvusCollection(target, { target: NAME, onlyPartitions }, shape, []);
    await collection.write({ kind: "delete", deletes: [deleteOf(partition)] }, never);
    return target.calls;
  };

  it("is one of all where all are replicated", async () => {
    assert.deepEqual(await deleted(undefined), ["delete key in [7,8] of ''"]);
  });

  it("is one of each selected partition that there is", async () => {
    assert.deepEqual(await deleted(["a*", "missing"]), [
      "delete key in [7,8] of 'a'",
      "delete key in [7,8] of 'a2'",
    ]);
    assert.deepEqual(await deleted(["missing"]), []);
    assert.deepEqual(await deleted(["a*"], "a"), ["delete key in [7,8] of 'a'"]);
  });
});

describe("the drop of a collection of which some partitions are replicated", () => {
  const dropped = async (target: Target, only: readonly string[]): Promise<string[]> => {
    await dropSelected(target, NAME, only, never);
    return target.calls;
  };

  it("drops all where nothing else is in it", async () => {
    assert.deepEqual(await dropped(new Target(["_default", "a"]), ["*a*"]), ["drop all"]);
  });

  it("drops those alone where there are others, and empties the default one", async () => {
    assert.deepEqual(await dropped(new Target(["_default", "a", "own"]), ["a"]), ["release a", "drop a"]);
    assert.deepEqual(await dropped(new Target(["_default", "a", "own"]), ["a", "_default"]), [
      "release a",
      "drop a",
      "delete key not in [] of '_default'",
    ]);
  });

  it("loads the default one for that, in as many replicas as the others", async () => {
    const [first] = await dropped(new Target(["_default", "own"], ["own"]), ["_default"]);
    assert.equal(first, "load _default 2");
    const [second] = await dropped(new Target(["_default", "own"], []), ["_default"]);
    assert.equal(second, "load _default 1");
  });

  it("does nothing to another collection that has the name as its alias", async () => {
    const target = new Target(["_default", "a"]);
    target.aliases = ["c"];
    assert.deepEqual(await dropped(target, ["a"]), []);
  });
});
