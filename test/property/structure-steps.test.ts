import assert from "node:assert/strict";
import fc from "fast-check";
import { knownStructure } from "../../src/model/known-structure.js";
import { structureSteps } from "../../src/model/structure-steps.js";
import { isPartitionSelected, type PartitionFilter } from "../../src/model/partition-filter.js";
import {
  isSameIndex,
  isSameStructure,
  selectedStructure,
  type CollectionStructure,
  type IndexDefinition,
} from "../../src/model/structure.js";
import { StructureServer } from "../support/structure-server.js";

const plain = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(parts, { noNullPrototype: true });
const texts = (keys: readonly string[], values: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values), { noNullPrototype: true });

const index: fc.Arbitrary<IndexDefinition> = plain({
  field: fc.constantFrom("vector", "text", "n"),
  name: fc.constantFrom("i", "j", "k"),
  params: texts(["index_type", "metric_type", "__proto__"], ["FLAT", "L2", ""]),
});

/** Names are unique in a collection, and a field has one index at most. */
const indexes = fc
  .uniqueArray(index, { selector: ({ field }) => field })
  .map((all) => all.filter((one, i) => all.findIndex(({ name }) => name === one.name) === i));

const anything = plain({
  partitions: fc.uniqueArray(fc.constantFrom("p", "q", "__proto__", "constructor")),
  indexes,
  loaded: fc.uniqueArray(fc.constantFrom("_default", "p", "q", "__proto__", "constructor")),
  replicas: fc.integer({ min: 1, max: 2 }),
  aliases: fc.uniqueArray(fc.constantFrom("a", "b", "__proto__")),
  properties: texts(["ttl", "mmap", "__proto__"], ["1", "2"]),
});

/** What a server can have: it loads nothing without a vector index. */
const structure: fc.Arbitrary<CollectionStructure> = anything.map((some) => {
  const partitions = ["_default", ...some.partitions];
  const canBeLoaded = some.indexes.some(({ field }) => field === "vector");
  const loaded = canBeLoaded ? some.loaded.filter((partition) => partitions.includes(partition)) : [];
  return { ...some, partitions, loaded, replicas: loaded.length > 0 ? some.replicas : 0 };
});
/** Two sides; mostly with the same indexes, since other ones hide what else is different. */
const sides = fc.tuple(structure, structure, fc.nat({ max: 3 })).map(([source, target, chance]) => {
  const isIndexed = source.indexes.some(({ field }) => field === "vector") || target.loaded.length === 0;
  return [source, chance > 0 && isIndexed ? { ...target, indexes: source.indexes } : target] as const;
});
const known = fc.option(structure, { nil: undefined });
const aliases = fc.uniqueArray(fc.constantFrom("a", "b", "__proto__"));

/** Compares until nothing is left to do: a partition may have been loaded by being made. */
function equalize(
  source: CollectionStructure,
  server: StructureServer,
  before: CollectionStructure | undefined,
  filter?: PartitionFilter,
): CollectionStructure {
  let remembered = before;
  for (let look = 0; look < 3; look++) {
    const steps = structureSteps(source, server.structure, remembered, filter);
    remembered = knownStructure(source, remembered, steps);
    for (const step of steps) server.take(step);
  }
  return server.structure;
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}

describe("structureSteps, for any three structures", () => {
  it("give the target all that the source has, by steps that a server accepts", () => {
    fc.assert(
      fc.property(sides, known, aliases, ([source, target], before, elsewhere) => {
        const server = new StructureServer(target, elsewhere);
        const end = equalize(source, server, before);
        for (const one of source.indexes) assert.ok(end.indexes.some((other) => isSameIndex(one, other)));
        for (const partition of source.partitions)
          assert.equal(end.loaded.includes(partition), source.loaded.includes(partition), partition);
        assert.equal(end.replicas, source.replicas);
        for (const alias of source.aliases)
          assert.ok(end.aliases.includes(alias) && !server.elsewhere.has(alias));
        for (const [key, value] of Object.entries(source.properties))
          assert.equal(end.properties[key], value);
        const partitions = new Set([...source.partitions, ...target.partitions]);
        assert.deepEqual(new Set(end.partitions), partitions);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leave alone what only the target has, unless it was dropped on the source", () => {
    fc.assert(
      fc.property(sides, known, ([source, target], before) => {
        const end = equalize(source, new StructureServer(target), before);
        const isDropped = (one: IndexDefinition): boolean =>
          before?.indexes.some(({ field, name }) => field === one.field && name === one.name) === true;
        const isInTheWay = (one: IndexDefinition): boolean =>
          source.indexes.some(({ field, name }) => field === one.field || name === one.name);
        for (const one of target.indexes)
          if (!isInTheWay(one)) assert.equal(end.indexes.includes(one), !isDropped(one));
        const keptAliases = target.aliases.filter((alias) => before?.aliases.includes(alias) !== true);
        assert.deepEqual(sorted(end.aliases), sorted([...new Set([...source.aliases, ...keptAliases])]));
        const keptKeys = Object.keys(target.properties).filter(
          (key) => before === undefined || !Object.hasOwn(before.properties, key),
        );
        assert.deepEqual(
          sorted(Object.keys(end.properties)),
          sorted([...new Set([...Object.keys(source.properties), ...keptKeys])]),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("of some partitions give the target those, and leave others loaded or not as they are", () => {
    const filters = fc.uniqueArray(fc.constantFrom("_default", "p", "q", "__proto__"));
    fc.assert(
      fc.property(sides, filters, ([whole, target], filter) => {
        // an index that is in the way takes away what others are loaded by
        fc.pre(target.loaded.length === 0 || whole.indexes.some(({ field }) => field === "vector"));
        const source = selectedStructure(whole, filter);
        const end = equalize(source, new StructureServer(target), undefined, filter);
        for (const partition of source.partitions)
          assert.equal(end.loaded.includes(partition), source.loaded.includes(partition), partition);
        const others = target.partitions.filter((name) => !isPartitionSelected(filter, name));
        for (const partition of others)
          assert.equal(end.loaded.includes(partition), target.loaded.includes(partition), partition);
        const partitions = new Set([...source.partitions, ...target.partitions]);
        assert.deepEqual(new Set(end.partitions), partitions);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are none once they were taken, or once more when a partition was loaded by being made", () => {
    fc.assert(
      fc.property(sides, known, ([source, target], before) => {
        const server = new StructureServer(target);
        const steps = structureSteps(source, server.structure, before);
        for (const step of steps) server.take(step);
        const isPartitionMade = steps.some(({ kind }) => kind === "create-partition");
        if (isPartitionMade)
          for (const step of structureSteps(source, server.structure, source)) server.take(step);
        assert.deepEqual(structureSteps(source, server.structure, source), []);
      }),
      { numRuns: 500 },
    );
  });

  it("don't depend on the order in which a server lists", () => {
    fc.assert(
      fc.property(structure, (source) => {
        const reversed = source.indexes.map((one) => ({
          ...one,
          params: Object.fromEntries(Object.entries(one.params).reverse()),
        }));
        const same = {
          ...source,
          partitions: [...source.partitions].reverse(),
          loaded: [...source.loaded].reverse(),
          aliases: [...source.aliases].reverse(),
          indexes: reversed.reverse(),
          properties: Object.fromEntries(Object.entries(source.properties).reverse()),
        };
        assert.deepEqual(structureSteps(source, same, undefined), []);
        assert.ok(isSameStructure(source, same));
      }),
    );
  });
});

describe("knownStructure, for any history of the source", () => {
  const empty: CollectionStructure = {
    partitions: ["_default"],
    indexes: [],
    loaded: [],
    replicas: 0,
    aliases: [],
    properties: {},
  };
  const look = fc.record({ source: structure, diesAt: fc.option(fc.nat({ max: 8 }), { nil: undefined }) });

  it("lets nothing stay on the target that is gone from the source, wherever comparisons died", () => {
    fc.assert(
      fc.property(fc.array(look), structure, (looks, last) => {
        const server = new StructureServer(empty);
        let remembered: CollectionStructure | undefined;
        for (const { source, diesAt } of looks) {
          const steps = structureSteps(source, server.structure, remembered);
          remembered = knownStructure(source, remembered, steps);
          for (const step of steps.slice(0, diesAt)) server.take(step);
        }
        const end = equalize(last, server, remembered);
        const { partitions, loaded } = last;
        // partitions go with the log
        const ownLoads = end.loaded.filter((partition) => partitions.includes(partition));
        assert.ok(isSameStructure({ ...end, partitions, loaded: ownLoads }, { ...last, loaded }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is plain JSON", () => {
    fc.assert(
      fc.property(structure, structure, (source, before) => {
        const remembered = knownStructure(source, before, structureSteps(source, before, before));
        const read = JSON.parse(JSON.stringify(remembered)) as CollectionStructure;
        assert.ok(isSameStructure(read, remembered));
      }),
    );
  });
});
