import assert from "node:assert/strict";
import fc from "fast-check";
import {
  structureSteps,
  type CollectionStructure,
  type IndexDefinition,
  type StructureStep,
} from "../../src/model/structure.js";

const plain = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(parts, { noNullPrototype: true });

const index: fc.Arbitrary<IndexDefinition> = plain({
  field: fc.constantFrom("vector", "text"),
  name: fc.constantFrom("i", "j"),
  params: fc.dictionary(
    fc.constantFrom("index_type", "metric_type", "__proto__"),
    fc.constantFrom("FLAT", "L2", ""),
    {
      noNullPrototype: true,
    },
  ),
});
const structure: fc.Arbitrary<CollectionStructure> = plain({
  partitions: fc.uniqueArray(fc.constantFrom("_default", "p", "q", "__proto__", "constructor")),
  // a field has one index at most
  indexes: fc.uniqueArray(index, { selector: ({ field }) => field }),
  isLoaded: fc.boolean(),
});

/** A server that refuses what Milvus refuses. */
function take(
  step: StructureStep,
  { partitions, indexes, isLoaded }: CollectionStructure,
): CollectionStructure {
  switch (step.kind) {
    case "create-partition":
      assert.ok(!partitions.includes(step.partition));
      return { partitions: [...partitions, step.partition], indexes, isLoaded };
    case "drop-index":
      assert.ok(!isLoaded, "an index of a loaded collection cannot be dropped");
      assert.ok(indexes.includes(step.index));
      return { partitions, indexes: indexes.filter((other) => other !== step.index), isLoaded };
    case "create-index":
      assert.ok(!indexes.some(({ field }) => field === step.index.field), "a field has one index");
      return { partitions, indexes: [...indexes, step.index], isLoaded };
    case "load":
      assert.ok(!isLoaded);
      return { partitions, indexes, isLoaded: true };
    case "release":
      assert.ok(isLoaded);
      return { partitions, indexes, isLoaded: false };
  }
}

function byField(indexes: readonly IndexDefinition[]): IndexDefinition[] {
  return [...indexes].sort((a, b) => (a.field < b.field ? -1 : 1));
}

describe("structureSteps, for any two structures", () => {
  it("bring the target to the source by steps that a server accepts, and keep its own partitions", () => {
    fc.assert(
      fc.property(structure, structure, (source, target) => {
        const end = structureSteps(source, target).reduce((now, step) => take(step, now), target);
        assert.deepEqual(byField(end.indexes), byField(source.indexes));
        assert.equal(end.isLoaded, source.isLoaded);
        assert.deepEqual(new Set(end.partitions), new Set([...source.partitions, ...target.partitions]));
      }),
      { numRuns: 500 },
    );
  });

  it("are none once they were taken", () => {
    fc.assert(
      fc.property(structure, structure, (source, target) => {
        const end = structureSteps(source, target).reduce((now, step) => take(step, now), target);
        assert.deepEqual(structureSteps(source, end), []);
      }),
      { numRuns: 300 },
    );
  });

  it("don't depend on the order in which a server lists", () => {
    fc.assert(
      fc.property(structure, ({ partitions, indexes, isLoaded }) => {
        const reversed = indexes.map((one) => ({
          ...one,
          params: Object.fromEntries(Object.entries(one.params).reverse()),
        }));
        const same = { partitions: [...partitions].reverse(), indexes: reversed.reverse(), isLoaded };
        assert.deepEqual(structureSteps({ partitions, indexes, isLoaded }, same), []);
      }),
    );
  });
});
