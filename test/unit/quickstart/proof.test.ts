import assert from "node:assert/strict";
import type { MilvusSide } from "../../../src/quickstart/milvus-side.js";
import { productRow } from "../../../src/quickstart/products.js";
import { isEqual, proveEqual } from "../../../src/quickstart/proof.js";
import { renderDifferences } from "../../../src/quickstart/prove.js";

type Row = ReturnType<typeof productRow>;

/** A side that answers one state after the other, then the last one again and again. */
function side(...states: readonly { readonly rows: readonly Row[]; readonly count?: number }[]): MilvusSide {
  let look = 0;
  const state = () => states[Math.min(look, states.length - 1)]!;
  const fake = {
    count: () => Promise.resolve(state().count ?? state().rows.length),
    allRows: () => {
      const { rows } = state();
      look++;
      return Promise.resolve(rows);
    },
  };
  return fake as unknown as MilvusSide;
}

const never = new AbortController().signal;
const both = { rows: [productRow(1), productRow(2)] };
const one = { rows: [productRow(1)] };

describe("proof", () => {
  it("is given at the first comparison that finds both sides equal", async () => {
    const proof = await proveEqual(side(both), side(one, both), 5_000, never);
    assert.deepEqual(proof, { sourceRows: 2, targetRows: 2, differences: [] });
    assert.ok(isEqual(proof));
  });

  it("is not given when a row stays away", async () => {
    const proof = await proveEqual(side(both), side(one), 0, never);
    assert.ok(!isEqual(proof));
    assert.deepEqual(renderDifferences(proof), [
      "source 2 rows, target 1 rows: 1 DIFFER",
      "row 2 is missing on the target",
    ]);
  });

  it("is not given when the target stores a row twice, which a query does not show", async () => {
    const proof = await proveEqual(side(both), side({ ...both, count: 3 }), 0, never);
    assert.ok(!isEqual(proof));
    assert.match(renderDifferences(proof).join(), /NOT EQUAL, a key is stored twice/);
  });

  it("is not given when there is nothing to compare", async () => {
    assert.ok(!isEqual(await proveEqual(side({ rows: [] }), side({ rows: [] }), 0, never)));
  });

  it("shows the first differences only", async () => {
    const rows = Array.from({ length: 50 }, (_, at) => productRow(at + 1));
    const lines = renderDifferences(await proveEqual(side({ rows }), side({ rows: [] }), 0, never));
    assert.equal(lines.length, 7);
    assert.equal(lines.at(-1), "… and 45 more");
  });

  it("ends with the signal", async () => {
    const abort = new AbortController();
    const proving = proveEqual(side(both), side(one), 60_000, abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(proving, /enough/);
  });
});
