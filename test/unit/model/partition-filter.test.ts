import assert from "node:assert/strict";
import { anyOf, isPartitionSelected } from "../../../src/model/partition-filter.js";
import {
  isDatabaseSelected,
  isSelected,
  partitionsOf,
  type Selection,
} from "../../../src/model/selection.js";
import { selectedStructure } from "../../../src/model/structure.js";

const A = { name: "a", partitions: ["p", "2026_*"] };

function selection(changes: Partial<Selection>): Selection {
  return { collections: [], databases: {}, ...changes };
}

function of(name: string, database = "default") {
  return { database, name };
}

describe("a filter of partitions", () => {
  it("selects by names and patterns, and without one everything", () => {
    const selected = (filter: readonly string[] | undefined): string[] =>
      ["_default", "p", "p2", "2026_01"].filter((name) => isPartitionSelected(filter, name));
    assert.deepEqual(selected(undefined), ["_default", "p", "p2", "2026_01"]);
    assert.deepEqual(selected(["p"]), ["p"]);
    assert.deepEqual(selected(["2026_*", "p?"]), ["p2", "2026_01"]);
    assert.deepEqual(selected([]), []);
  });

  it("lets pass what is of no partition", () => {
    assert.ok(isPartitionSelected(["p"], ""));
  });

  it("is the union of several, and none when one of them selects all", () => {
    assert.deepEqual(anyOf([["q", "p"], ["p"]]), ["p", "q"]);
    assert.equal(anyOf([["p"], undefined]), undefined);
    assert.equal(anyOf([["p"], ["*"]]), undefined);
    assert.equal(anyOf([["**"]]), undefined);
  });

  it("takes the others out of a structure, also when none is left that is loaded", () => {
    const rest = { indexes: [], aliases: ["x"], properties: { ttl: "1" } };
    const whole = { ...rest, partitions: ["_default", "p", "q"], loaded: ["_default", "p"], replicas: 2 };
    assert.deepEqual(selectedStructure(whole, ["p", "q"]), {
      ...whole,
      partitions: ["p", "q"],
      loaded: ["p"],
    });
    assert.deepEqual(selectedStructure(whole, ["q"]), {
      ...whole,
      partitions: ["q"],
      loaded: [],
      replicas: 0,
    });
    assert.equal(selectedStructure(whole, undefined), whole);
  });
});

describe("the partitions of a selected collection", () => {
  it("are those of all entries that select it", () => {
    const some = selection({
      collections: [A, "b"],
      databases: { "d*": [{ name: "a*", partitions: ["q"] }], default: [{ name: "*a", partitions: ["r"] }] },
    });
    assert.deepEqual(partitionsOf(some, of("a")), ["2026_*", "p", "q", "r"]);
    assert.equal(partitionsOf(some, of("b")), undefined);
    assert.deepEqual(partitionsOf(some, of("ab", "d1")), ["q"]);
  });

  it("are all where any entry has none", () => {
    const some = selection({ collections: [A], databases: { default: ["a*"] } });
    assert.equal(partitionsOf(some, of("a")), undefined);
  });

  it("of a mere * are those of every database, and of a name beside it those of the default one", () => {
    const some = selection({ collections: [{ name: "*", partitions: ["p"] }, "b"] });
    assert.deepEqual(partitionsOf(some, of("b", "other")), ["p"]);
    assert.equal(partitionsOf(some, of("b")), undefined);
    assert.ok(isSelected(some, of("anything", "other")));
  });

  it("change nothing about which collections are selected", () => {
    const some = selection({ collections: [A], excluded: { "*": ["a"] } });
    assert.ok(!isSelected(some, of("a")));
    assert.ok(isSelected(selection({ collections: [A] }), of("a")));
    assert.ok(!isSelected(selection({ collections: [A] }), of("b")));
  });

  it("keep a database from being replicated as such, unless they are all", () => {
    const ofAll = (partitions: readonly string[]): Selection =>
      selection({ databases: { d: [{ name: "*", partitions }] } });
    assert.ok(!isDatabaseSelected(ofAll(["p"]), "d"));
    assert.ok(isDatabaseSelected(ofAll(["*"]), "d"));
  });
});
