import assert from "node:assert/strict";
import { keyConditions } from "../../../src/milvus/key-bounds.js";

const MIN = -(2n ** 63n);

describe("keyConditions", () => {
  it("has no conditions without bounds, and one for each", () => {
    assert.deepEqual(keyConditions("id", {}), []);
    assert.deepEqual(keyConditions("id", { after: 5n }), ["id > 5"]);
    assert.deepEqual(keyConditions("id", { after: -1n, upTo: 7n }), ["id > -1", "id <= 7"]);
    assert.deepEqual(keyConditions("k", { after: "", upTo: 'a"\n' }), ['k > ""', 'k <= "a\\"\\n"']);
  });

  it("never writes the smallest int64, whose digits overflow in an expression", () => {
    assert.deepEqual(keyConditions("id", { after: MIN }), ["id >= -9223372036854775807"]);
    assert.deepEqual(keyConditions("id", { upTo: MIN }), ["id < -9223372036854775807"]);
  });
});
