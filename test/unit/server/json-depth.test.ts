import assert from "node:assert/strict";
import { isDeeperThan } from "../../../src/server/json-depth.js";

describe("isDeeperThan", () => {
  const cases: readonly [text: string, limit: number, expected: boolean][] = [
    ["", 0, false],
    ["1", 0, false],
    ["{}", 0, true],
    ["{}", 1, false],
    ["[{}]", 1, true],
    ["[[],[],[]]", 2, false],
    ['"[[[["', 0, false],
    [String.raw`"\"[[[["`, 0, false],
    [String.raw`["\\",[]]`, 1, true],
    ['{"a":"]","b":[]}', 1, true],
    ["]]]][[[[", 1, false],
  ];
  for (const [text, limit, expected] of cases) {
    it(`is ${expected} for ${text || "nothing"} and ${limit}`, () => {
      assert.equal(isDeeperThan(limit, text), expected);
    });
  }

  it("looks at a hundred thousand levels without overflowing the stack", () => {
    assert.equal(isDeeperThan(64, '{"a":'.repeat(100_000)), true);
    assert.equal(isDeeperThan(100_000, "[".repeat(100_000)), false);
  });
});
