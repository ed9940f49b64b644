import assert from "node:assert/strict";
import fc from "fast-check";
import { deleteExpressions } from "../../src/sink/milvus/delete-expressions.js";

const MIN = -(2n ** 63n);
const int64 = fc.oneof(fc.bigInt(MIN, -MIN - 1n), fc.constantFrom(MIN, MIN + 1n, -MIN - 1n, 0n));

/** The keys of an expression, read by the rules of its grammar: a list, or the one comparison. */
function keysOf(expression: string): (bigint | string)[] {
  if (expression === "pk < -9223372036854775807") return [MIN];
  const list = /^pk in \[(.*)\]$/s.exec(expression)?.[1];
  assert.ok(list !== undefined, expression);
  const literals = list.match(/"(?:[^"\\]|\\.)*"|-?[0-9]+/gs) ?? [];
  assert.equal(literals.join(","), list);
  return literals.map((literal) =>
    literal.startsWith('"') ? (JSON.parse(literal) as string) : BigInt(literal),
  );
}

function sorted(keys: readonly (bigint | string)[]): (bigint | string)[] {
  return [...keys].sort((a, b) => (a < b ? -1 : 1));
}

describe("deleteExpressions, for any keys", () => {
  it("name exactly the int64 keys, and never write the minimum as a literal", () => {
    fc.assert(
      fc.property(fc.uniqueArray(int64), (keys) => {
        const expressions = deleteExpressions("pk", keys);
        assert.deepEqual(sorted(expressions.flatMap(keysOf)), sorted(keys));
        assert.ok(expressions.every((expression) => !expression.includes(MIN.toString())));
      }),
    );
  });

  it("name exactly the text keys: quotes, controls, emoji, nothing at all", () => {
    const some = fc.constantFrom(
      "",
      '"',
      "'",
      "\\",
      '\\"',
      "\n",
      "\0",
      "\u007f",
      "\u{1f600}",
      "] or pk > ",
      "é",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(some).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.uniqueArray(text), (keys) => {
        assert.deepEqual(sorted(deleteExpressions("pk", keys).flatMap(keysOf)), sorted(keys));
      }),
    );
  });
});

describe("deleteExpressions", () => {
  it("splits many keys, and loses none", () => {
    const keys = Array.from({ length: 120_001 }, (_, i) => BigInt(i));
    const expressions = deleteExpressions("pk", keys);
    assert.equal(expressions.length, 3);
    assert.deepEqual(expressions.flatMap(keysOf), keys);
  });

  it("splits long keys by their length", () => {
    const keys = Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(60_000, "x"));
    const expressions = deleteExpressions("pk", keys);
    assert.ok(expressions.length > 1);
    assert.ok(expressions.every(({ length }) => length < 5 << 20));
    assert.deepEqual(expressions.flatMap(keysOf), keys);
  });

  it("makes nothing of no keys", () => assert.deepEqual(deleteExpressions("pk", []), []));
});
