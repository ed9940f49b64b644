import assert from "node:assert/strict";
import { compareRows, type Row } from "../../../src/quickstart/compare-rows.js";
import { productRow } from "../../../src/quickstart/products.js";

const row: Row = {
  id: "1",
  name: "a",
  details: { price: 1, tags: ["x"] },
  embedding: [0.5, 1],
  colour: "red",
};

describe("compareRows", () => {
  it("finds equal rows equal, in any order and with an object's keys in any order", () => {
    const other: Row = { ...row, id: "2" };
    const turned: Row = { ...row, details: { tags: ["x"], price: 1 } };
    assert.deepEqual(compareRows([row, other], [other, turned]), []);
  });

  it("finds a row that is on one side only", () => {
    assert.deepEqual(compareRows([row], []), [{ id: "1", text: "is missing on the target" }]);
    assert.deepEqual(compareRows([], [row]), [{ id: "1", text: "is on the target only" }]);
  });

  for (const [what, change, text] of [
    ["text", { name: "b" }, 'name: source "a", target "b"'],
    ["a value inside JSON", { details: { price: 2, tags: ["x"] } }, "details: source {"],
    [
      "one number of a vector",
      { embedding: [0.5, 1.0000001] },
      "embedding: source [0.5,1], target [0.5,1.0000001]",
    ],
    ["a dynamic field", { colour: "blue" }, 'colour: source "red", target "blue"'],
    ["the type of a value", { colour: 1 }, 'colour: source "red", target 1'],
    ["null and a value", { colour: null }, 'colour: source "red", target null'],
    ["the sign of zero", { embedding: [0.5, -0] }, "target [0.5,-0]"],
  ] as const) {
    it(`finds a difference in ${what}`, () => {
      const [difference] = compareRows([row], [{ ...row, ...change }]);
      assert.equal(difference?.id, "1");
      assert.ok(difference.text.includes(text), difference.text);
    });
  }

  it("finds a field that one side lacks, on either side", () => {
    const without = Object.fromEntries(Object.entries(row).filter(([field]) => field !== "colour"));
    assert.deepEqual(compareRows([row], [without]), [
      { id: "1", text: 'colour: source "red", target (absent)' },
    ]);
    assert.deepEqual(compareRows([without], [row]), [
      { id: "1", text: 'colour: source (absent), target "red"' },
    ]);
  });

  it("tells an empty list, an empty object and null apart", () => {
    const texts = [[], {}, null].map((details) => compareRows([row], [{ ...row, details }])[0]?.text);
    assert.equal(new Set(texts).size, 3);
  });

  it("sees that a row was not updated, in every column but the key", () => {
    const [difference] = compareRows([productRow(5, 2)], [productRow(5)]);
    for (const field of ["name", "details", "embedding", "colour"])
      assert.ok(difference?.text.includes(`${field}: `));
  });
});
