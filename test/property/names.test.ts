import assert from "node:assert/strict";
import fc from "fast-check";
import { mapCollection, mapDatabase, type NameMapping } from "../../src/model/name-mapping.js";
import { isDatabaseSelected, isSelected, nameOf, type Selection } from "../../src/model/selection.js";

/** Names that exist, and names that every object has. */
const name = fc.constantFrom("default", "a", "b", "__proto__", "constructor", "toString", "");
const selected = fc.oneof(name, fc.constant("*"));

function dictionary<T>(
  value: fc.Arbitrary<T>,
  key: fc.Arbitrary<string>,
): fc.Arbitrary<Readonly<Record<string, T>>> {
  return fc.array(fc.tuple(key, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
}

const selection: fc.Arbitrary<Selection> = fc.record({
  collections: fc.array(selected, { maxLength: 2 }),
  databases: dictionary(fc.array(selected, { maxLength: 2 }), selected),
  excluded: dictionary(fc.array(selected, { maxLength: 2 }), selected),
});
const mapping: fc.Arbitrary<NameMapping> = fc.record({
  sourceDatabase: name,
  targetDatabase: fc.constantFrom("x", "y", "__proto__"),
  collections: dictionary(fc.constantFrom("one", "two"), name),
});

/** The same, said as a list of pairs. */
function pairsOf({ collections, databases }: Omit<Selection, "excluded">): (readonly [string, string])[] {
  const ofDefault = collections
    .map(nameOf)
    .map((one) => (one === "*" ? (["*", "*"] as const) : (["default", one] as const)));
  const others = Object.entries(databases).flatMap(([database, entries]) =>
    entries.map((one) => [database, nameOf(one)] as const),
  );
  return [...ofDefault, ...others];
}

describe("isSelected, for any selection", () => {
  it("holds for what a pair of database and collection names, or leaves open", () => {
    fc.assert(
      fc.property(selection, name, name, (some, database, collection) => {
        const isAmong = ([d, c]: readonly [string, string]): boolean =>
          (d === "*" || d === database) && (c === "*" || c === collection);
        const left = pairsOf({ collections: [], databases: some.excluded ?? {} });
        const expected = pairsOf(some).some(isAmong) && !left.some(isAmong);
        assert.equal(isSelected(some, { database, name: collection }), expected);
      }),
      { numRuns: 500 },
    );
  });

  it("selects a database as such only together with all of its collections", () => {
    fc.assert(
      fc.property(selection, name, name, (some, database, collection) => {
        const isWhole = ([d, c]: readonly [string, string]): boolean =>
          (d === "*" || d === database) && c === "*";
        const left = pairsOf({ collections: [], databases: some.excluded ?? {} });
        const expected = pairsOf(some).some(isWhole) && !left.some(isWhole);
        assert.equal(isDatabaseSelected(some, database), expected);
        if (expected && left.length === 0) assert.ok(isSelected(some, { database, name: collection }));
      }),
    );
  });
});

describe("mapCollection, for any mappings", () => {
  it("takes the first mapping of the database that names the collection, else the first of the database", () => {
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 4 }), name, name, (mappings, database, collection) => {
        const own = mappings.filter(({ sourceDatabase }) => sourceDatabase === database);
        const naming = own.find(({ collections }) => new Map(Object.entries(collections)).has(collection));
        const target = mapCollection(mappings, { database, name: collection });
        const expected = new Map(Object.entries(naming?.collections ?? {})).get(collection) ?? collection;
        assert.deepEqual(target, {
          database: (naming ?? own[0])?.targetDatabase ?? database,
          name: expected,
        });
      }),
      { numRuns: 500 },
    );
  });

  it("leaves names alone that no mapping speaks of", () => {
    fc.assert(
      fc.property(fc.array(mapping), name, (mappings, collection) => {
        const source = { database: "unmapped", name: collection };
        assert.deepEqual(mapCollection(mappings, source), source);
        assert.equal(mapDatabase(mappings, "unmapped"), "unmapped");
      }),
    );
  });
});
