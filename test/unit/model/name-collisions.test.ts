import assert from "node:assert/strict";
import { refuseCollisions } from "../../../src/model/name-collisions.js";
import type { NameMapping } from "../../../src/model/name-mapping.js";

const everything = { collections: ["*"], databases: {} };

function mapping(
  sourceDatabase: string,
  targetDatabase: string,
  collections: Record<string, string>,
): NameMapping {
  return { sourceDatabase, targetDatabase, collections };
}

describe("refuseCollisions", () => {
  it("lets names go that stay apart, also when they change places", () => {
    refuseCollisions([], everything);
    refuseCollisions([mapping("default", "default", { a: "b", b: "a" })], everything);
    refuseCollisions([mapping("x", "y", { a: "z" }), mapping("w", "v", { a: "z" })], everything);
  });

  it("refuses two collections that would become one", () => {
    const both = mapping("default", "default", { a: "z", b: "z" });
    assert.throws(() => refuseCollisions([both], everything), /default\.a and default\.b .* default\.z/);
    const [one, other] = [mapping("x", "t", { a: "z" }), mapping("y", "t", { b: "z" })];
    assert.throws(() => refuseCollisions([one, other], everything), /x\.a and y\.b/);
  });

  it("refuses a name that another selected collection has by itself", () => {
    const renamed = mapping("default", "default", { a: "b" });
    assert.throws(
      () => refuseCollisions([renamed], { collections: ["a", "b"], databases: {} }),
      /default\.a and default\.b/,
    );
    const databases = { default: ["*", "b"] };
    assert.throws(
      () => refuseCollisions([renamed], { collections: [], databases }),
      /default\.a and default\.b/,
    );
    refuseCollisions([renamed], { collections: ["a"], databases: {} });
    // whether there is a b, nobody knows
    refuseCollisions([renamed], everything);
  });
});
