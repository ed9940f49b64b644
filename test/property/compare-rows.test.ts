import assert from "node:assert/strict";
import fc from "fast-check";
import { DataType } from "../../src/milvus/data-type.js";
import type { Column } from "../../src/model/change-event.js";
import { compareKeys } from "../../src/model/key-order.js";
import { canonicalJson } from "../../src/verify/canonical-json.js";
import { compareRows, mergeKeys } from "../../src/verify/compare-rows.js";
import { rowDigests } from "../../src/verify/row-digests.js";
import { COLUMN_VALUES } from "../support/column-values.js";
import { fieldData, type Value } from "../support/engine-field-data.js";
import type { Key } from "../../src/model/key-span.js";

const sortedKeys = fc.oneof(
  fc.uniqueArray(fc.bigInt(-20n, 20n), { maxLength: 20 }),
  fc.uniqueArray(fc.string({ unit: "binary", maxLength: 2 }), { maxLength: 20 }),
);
const sort = (keys: readonly Key[]): Key[] => [...keys].sort(compareKeys);

/** Writes a JSON value in another way: other order, spaces, and spellings of numbers. */
function respell(value: unknown): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return `${value}.0`;
  if (Array.isArray(value)) return `[ ${value.map(respell).join(" , ")} ]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).reverse();
  return `{ ${entries.map(([key, inner]) => `${JSON.stringify(key)} : ${respell(inner)}`).join(",\n")} }`;
}

describe("compareRows, for any rows", () => {
  it("finds what each side has alone, and what both have", () => {
    fc.assert(
      fc.property(sortedKeys, fc.func(fc.constantFrom(0, 1, 2)), (all, sideOf) => {
        const [only, other] = [1, 2].map((side) => sort(all.filter((key) => sideOf(key) !== side)));
        const { missing, extra, pairs } = mergeKeys(only as bigint[], other as bigint[]);
        assert.deepEqual(missing, sort(all.filter((key) => sideOf(key) === 2)));
        assert.deepEqual(extra, sort(all.filter((key) => sideOf(key) === 1)));
        assert.deepEqual(
          pairs.map(([i]) => only?.[i]),
          sort(all.filter((key) => sideOf(key) === 0)),
        );
        assert.deepEqual(
          pairs.map(([, j]) => other?.[j]),
          sort(all.filter((key) => sideOf(key) === 0)),
        );
      }),
    );
  });

  const column = fc.constantFrom(...Object.entries(COLUMN_VALUES)).chain(([name, [type, value]]) =>
    fc.record({
      name: fc.constant(name),
      type: fc.constant(type),
      pairs: fc.array(fc.tuple(value, fc.option(value, { nil: undefined })), { minLength: 1, maxLength: 8 }),
    }),
  );

  it("names the rows and the column whose values differ, of every type, and gives them other digests", () => {
    fc.assert(
      fc.property(column, ({ name, type, pairs }) => {
        const here = pairs.map(([value]) => value);
        const there = pairs.map(([value, other]) => other ?? value);
        const keys = pairs.map((_, i) => BigInt(i));
        const rows = (values: readonly Value[]): { keys: bigint[]; columns: Column[] } => ({
          keys,
          columns: [fieldData(name, type, values)],
        });
        const { differing, missing, extra } = compareRows(rows(here), rows(there));
        const wanted = keys.filter((_, i) => textOf(here[i], type) !== textOf(there[i], type));
        assert.deepEqual(
          [...differing],
          wanted.map((key) => [key, [name]]),
        );
        assert.deepEqual([missing, extra], [[], []]);
        const [a, b] = [rowDigests(rows(here)), rowDigests(rows(there))];
        assert.deepEqual(
          keys.filter((key) => a.get(key) !== b.get(key)),
          wanted,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("takes JSON for equal by its value, however it is written, and for no other", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (value, other) => {
        assert.equal(canonicalJson(respell(value)), canonicalJson(JSON.stringify(value)));
        const isSame = canonicalJson(JSON.stringify(value)) === canonicalJson(JSON.stringify(other));
        assert.equal(isSame, plain(value) === plain(other));
      }),
      { numRuns: 500 },
    );
  });

  it("tells numbers apart that JavaScript cannot, and texts from numbers", () => {
    const different = [
      "9007199254740993",
      "9007199254740992",
      '"9007199254740992"',
      "1e400",
      "0.1",
      '"n1e0"',
      "1",
    ];
    assert.equal(new Set(different.map(canonicalJson)).size, different.length);
    const equal = ["100", "1e2", "1E+2", "100.000", "10.0e1"];
    assert.equal(new Set(equal.map(canonicalJson)).size, 1);
    assert.equal(canonicalJson("-0.0"), canonicalJson("0"));
    assert.equal(canonicalJson('{"a":'), undefined);
  });

  it("sees one bit of a float, and the sign of zero", () => {
    const rows = (values: readonly Value[]): { keys: bigint[]; columns: Column[] } => ({
      keys: [1n, 2n],
      columns: [fieldData("f", DataType.double, values)],
    });
    assert.deepEqual([...compareRows(rows([1, 0]), rows([1 + 2 ** -52, -0])).differing.keys()], [1n, 2n]);
  });
});

function textOf(value: Value | undefined, type: number): string {
  if (type === DataType.json) return String(canonicalJson(String(value)));
  if (Array.isArray(value)) return value.map(String).join();
  return Object.is(value, -0) ? "-0" : String(value);
}

/** With sorted keys, and zero without a sign. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .map(([k, v]) => [`k${k}`, v] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
}
