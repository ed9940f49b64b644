import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesName } from "../../src/model/name-pattern.js";

const LETTERS = ["a", "b"];
const pattern = fc.string({ unit: fc.constantFrom(...LETTERS, "*", "?"), maxLength: 5 });
const name = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 6 });
function asRegExp(text: string): RegExp {
  return new RegExp(`^${text.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

describe("patterns of names, whatever they are", () => {
  it("match what a regular expression of the same meaning matches", () => {
    fc.assert(
      fc.property(pattern, name, (some, text) => {
        assert.equal(matchesName(some, text), asRegExp(some).test(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
