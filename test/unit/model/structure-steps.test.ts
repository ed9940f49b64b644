import assert from "node:assert/strict";
import { structureSteps } from "../../../src/model/structure-steps.js";
import {
  withoutLoads,
  type CollectionStructure,
  type IndexDefinition,
} from "../../../src/model/structure.js";

const NOTHING: CollectionStructure = {
  partitions: ["_default", "p"],
  indexes: [],
  loaded: [],
  replicas: 0,
  aliases: [],
  properties: {},
};
const ALL = NOTHING.partitions;

function index(field: string, name: string, params: Record<string, string> = {}): IndexDefinition {
  return { field, name, params };
}

function kinds(...args: Parameters<typeof structureSteps>): string[] {
  return structureSteps(...args).map(({ kind }) => kind);
}

describe("structureSteps", () => {
  it("are in an order that servers accept, with aliases at the end", () => {
    const source = {
      ...NOTHING,
      indexes: [index("vector", "i", { index_type: "HNSW" })],
      loaded: ALL,
      replicas: 1,
      aliases: ["a"],
      properties: { "mmap.enabled": "true" },
    };
    const target = {
      ...NOTHING,
      partitions: ["_default"],
      indexes: [index("vector", "i", { index_type: "FLAT" })],
      loaded: ["_default"],
      replicas: 1,
      aliases: ["b"],
    };
    assert.deepEqual(kinds(source, target, { ...NOTHING, aliases: ["b"] }), [
      "create-partition",
      "release",
      "drop-index",
      "create-index",
      "set-properties",
      "load",
      "create-alias",
      "drop-alias",
    ]);
  });

  it("load the whole where the source is wholly loaded: partitions with a key cannot be loaded one by one", () => {
    const source = { ...NOTHING, loaded: ALL, replicas: 1 };
    assert.deepEqual(structureSteps(source, NOTHING, undefined), [{ kind: "load", replicas: 1 }]);
    const some = { ...source, loaded: ["p"] };
    assert.deepEqual(structureSteps(some, NOTHING, undefined), [
      { kind: "load-partitions", partitions: ["p"], replicas: 1 },
    ]);
  });

  it("add partitions to a loaded collection with the replicas that it has, when the source does not tell", () => {
    const source = { ...NOTHING, loaded: ALL, replicas: 0 };
    const target = { ...NOTHING, loaded: ["p"], replicas: 2 };
    assert.deepEqual(structureSteps(source, target, undefined), [{ kind: "load", replicas: 2 }]);
  });

  describe("of some partitions", () => {
    const FILTER = ["p"];
    const wanted = { ...NOTHING, partitions: ["p"] };

    it("load them alone, however much of the source that is", () => {
      const source = { ...wanted, loaded: ["p"], replicas: 1 };
      assert.deepEqual(structureSteps(source, NOTHING, undefined, FILTER), [
        { kind: "load-partitions", partitions: ["p"], replicas: 1 },
      ]);
    });

    it("release them alone while others are loaded, and else the whole", () => {
      const target = { ...NOTHING, loaded: ALL, replicas: 1 };
      assert.deepEqual(structureSteps(wanted, target, undefined, FILTER), [
        { kind: "release-partitions", partitions: ["p"] },
      ]);
      assert.deepEqual(kinds(wanted, { ...target, loaded: ["p"] }, undefined, FILTER), ["release"]);
    });

    it("leave others as they are", () => {
      const target = { ...NOTHING, loaded: ["_default"], replicas: 1 };
      assert.deepEqual(structureSteps(wanted, target, undefined, FILTER), []);
    });

    it("load others again where an index of all had to go", () => {
      const source = { ...wanted, loaded: ["p"], replicas: 1, indexes: [index("vector", "i", { a: "1" })] };
      const target = { ...NOTHING, loaded: ALL, replicas: 1, indexes: [index("vector", "i", { a: "2" })] };
      assert.deepEqual(kinds(source, target, undefined, FILTER), [
        "release",
        "drop-index",
        "create-index",
        "load-partitions",
      ]);
      assert.deepEqual(structureSteps(source, target, undefined, FILTER).at(-1), {
        kind: "load-partitions",
        partitions: ["p", "_default"],
        replicas: 1,
      });
    });
  });

  it("leave the index of another path of the same column", () => {
    const [a, b] = [index("json", "a", { json_path: "a" }), index("json", "b", { json_path: "b" })];
    assert.deepEqual(kinds({ ...NOTHING, indexes: [a] }, { ...NOTHING, indexes: [b] }, undefined), [
      "create-index",
    ]);
  });

  it("drop what was dropped on the source also when the target's had become another one", () => {
    const target = { ...NOTHING, indexes: [index("n", "i", { index_type: "STL_SORT" })] };
    assert.deepEqual(kinds(NOTHING, target, { ...NOTHING, indexes: [index("n", "i")] }), ["drop-index"]);
  });

  it("set only the properties that differ", () => {
    const source = { ...NOTHING, properties: { a: "1", b: "2" } };
    const target = { ...NOTHING, properties: { a: "1", b: "1", own: "x" } };
    assert.deepEqual(structureSteps(source, target, undefined), [
      { kind: "set-properties", properties: { b: "2" } },
    ]);
  });
});

describe("withoutLoads", () => {
  const loaded = { ...NOTHING, loaded: ALL, replicas: 2 };

  it("leaves out some partitions, or all for the empty name", () => {
    assert.deepEqual(withoutLoads(loaded, ["p"]), { ...loaded, loaded: ["_default"] });
    assert.deepEqual(withoutLoads(loaded, [""]), { ...loaded, loaded: [], replicas: 0 });
    assert.deepEqual(withoutLoads(loaded, ALL), { ...loaded, loaded: [], replicas: 0 });
    assert.deepEqual(withoutLoads(loaded, []), loaded);
  });
});
