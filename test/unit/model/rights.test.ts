import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { Grant } from "../../../src/model/access-control.js";
import { MILVUS_CALLS } from "../../../src/model/milvus-calls.js";
import { missingRights, neededRights, type Right } from "../../../src/model/rights.js";
import type { TaskSpec } from "../../../src/model/task.js";

const SPEC: TaskSpec = {
  connectParam: {},
  collections: ["*"],
  databases: {},
  nameMappings: [],
  start: { kind: "snapshot" },
  loadForSnapshot: true,
  replicateRbac: false,
};

function needed(side: "source" | "target", changes: Partial<TaskSpec> = {}): string[] {
  return neededRights({ ...SPEC, ...changes }, side).map(textOf);
}

function textOf({ privilege, objectType, objectName }: Right): string {
  return `${privilege} ${objectType} ${objectName}`;
}

function grant(privilege: string, objectType: string, objectName: string, database = "default"): Grant {
  return { role: "r", privilege, objectType, objectName, database };
}

describe("the rights that a task takes", () => {
  it("are of calls that are made, and of all of them", () => {
    const files = readdirSync("src/milvus").map((name) => readFileSync(`src/milvus/${name}`, "utf8"));
    const made = files.flatMap((text) =>
      [
        ...text.matchAll(
          /(?:ask\w*|do\w*|isDone|#call|#writeRows|promisify)\(\s*(?:\w+(?:\.\w+)*,\s*)?"(\w+)"/g,
        ),
      ].map(([, call]) => call ?? ""),
    );
    // the SDK's own first call
    const listed = MILVUS_CALLS.map(({ call }) => call).filter((call) => call !== "Connect");
    assert.deepEqual([...new Set(made)].sort(), listed.sort());
  });

  it("depend on what it does", () => {
    assert.ok(needed("source").includes("Load Collection *"));
    assert.ok(!needed("source", { loadForSnapshot: false }).includes("Load Collection *"));
    assert.ok(needed("target", { loadForSnapshot: false }).includes("Load Collection *"));
    assert.ok(!needed("source").some((text) => /Insert|Ownership/.test(text)));
    const rbac = { replicateRbac: true };
    assert.ok(needed("source", rbac).includes("SelectOwnership Global *"));
    assert.ok(!needed("source", rbac).includes("ManageOwnership Global *"));
    assert.ok(needed("target", rbac).includes("ManageOwnership Global *"));
    assert.ok(needed("target").includes("CreateDatabase Global *"));
  });

  it("are by name where the task names each collection, and of databases where it may make some", () => {
    const named = { collections: ["a", "b"] };
    const queries = (side: "source" | "target", changes: Partial<TaskSpec>): string[] =>
      needed(side, changes).filter((text) => text.startsWith("Query"));
    assert.deepEqual(queries("source", named), ["Query Collection a", "Query Collection b"]);
    const nameMappings = [{ sourceDatabase: "default", targetDatabase: "default", collections: { a: "z" } }];
    assert.deepEqual(queries("target", { ...named, nameMappings }), [
      "Query Collection z",
      "Query Collection b",
    ]);
    assert.deepEqual(queries("source", { collections: ["a", "b*"] }), ["Query Collection *"]);
    assert.deepEqual(queries("source", { collections: [], databases: { "d*": ["a"] } }), [
      "Query Collection *",
    ]);
    const makes = (changes: Partial<TaskSpec>): boolean =>
      needed("target", changes).includes("DropDatabase Global *");
    assert.ok(!makes(named));
    assert.ok(makes({ collections: [], databases: { db1: ["a"] } }));
    assert.ok(
      makes({
        ...named,
        nameMappings: [
          { ...nameMappings[0], sourceDatabase: "default", targetDatabase: "copy", collections: {} },
        ],
      }),
    );
  });

  it("are held by grants of the default database, or of all of them, by name or by what includes it", () => {
    const wanted = neededRights({ ...SPEC, collections: ["a"], replicateRbac: true }, "target");
    const lacks = (...grants: Grant[]): string[] => missingRights(wanted, grants).map(textOf);
    assert.equal(lacks().length, wanted.length);
    assert.deepEqual(lacks(grant("All", "Global", "*")), []);
    assert.deepEqual(lacks(grant("*", "Global", "*"), grant("*", "Collection", "a", "*")), []);
    const lacksInsert = (one: Grant): boolean => lacks(one).includes("Insert Collection a");
    assert.ok(!lacksInsert(grant("Insert", "Collection", "a")));
    assert.ok(!lacksInsert(grant("Insert", "Collection", "*", "*")));
    assert.ok(lacksInsert(grant("Insert", "Collection", "b")));
    assert.ok(lacksInsert(grant("Insert", "Collection", "a", "db1")));
    assert.ok(lacksInsert(grant("Insert", "Global", "*")));
    assert.ok(lacksInsert(grant("*", "Global", "*")));
    const all = neededRights(SPEC, "target");
    assert.ok(
      missingRights(all, [grant("Insert", "Collection", "a")])
        .map(textOf)
        .includes("Insert Collection *"),
    );
  });
});
