import assert from "node:assert/strict";
import { NO_ACCESS, type AccessControl } from "../../../src/model/access-control.js";
import { isAccessDatabase, selectAccess, type AccessScope } from "../../../src/model/access-selection.js";
import { grant, members } from "../../support/engine-fake-access.js";

const ALL_OF_IT: AccessScope = { collections: ["*"], databases: {}, nameMappings: [] };

function selectGrants(texts: readonly string[], scope: Partial<AccessScope>): AccessControl["grants"] {
  const source = { ...NO_ACCESS, grants: texts.map(grant) };
  return selectAccess(source, { collections: [], databases: {}, nameMappings: [], ...scope }).grants;
}

describe("selectAccess", () => {
  it("leaves built-in roles, what admin is granted, and root alone", () => {
    const selected = selectAccess(
      {
        roles: ["admin", "public", "reader"],
        users: ["root", "ann"],
        grants: ["Insert default.c admin", "Insert default.c public", "Insert default.c reader"].map(grant),
        members: members("root reader", "ann admin", "ann reader"),
      },
      ALL_OF_IT,
    );
    assert.deepEqual(selected, {
      roles: ["reader"],
      users: ["ann"],
      grants: ["Insert default.c public", "Insert default.c reader"].map(grant),
      members: members("ann admin", "ann reader"),
    });
  });

  it("takes grants on selected collections, on all collections and cluster-wide ones of databases with any", () => {
    const taken = [
      "Insert default.a r",
      "Insert default.* r",
      "Search *.* r",
      "CreateCollection Global:default.* r",
      "CreateCollection Global:db.* r",
      "CreateDatabase Global:*.* r",
      "UpdateUser User:default.ann r",
      "Insert db.x r",
      "Insert db.* r",
    ];
    const left = [
      "Insert default.b r",
      "Insert other.a r",
      "Insert other.* r",
      "DropCollection Global:other.* r",
      "Search *.a r",
    ];
    const scope = { collections: ["a"], databases: { db: ["*"] } };
    assert.deepEqual(selectGrants([...taken, ...left], scope), taken.map(grant));
    assert.deepEqual(
      selectGrants([...taken, ...left], { collections: ["*"] }),
      [...taken, ...left].map(grant),
    );
  });

  it("leaves grants on all collections of the default database, when the task has none there, but not cluster-wide ones", () => {
    const scope = { databases: { db: ["a"] } };
    const texts = ["Insert default.* r", "CreateDatabase Global:default.* r"];
    assert.deepEqual(selectGrants(texts, scope), [grant("CreateDatabase Global:default.* r")]);
  });

  it("takes a collection of every database when it is selected in every database", () => {
    assert.deepEqual(selectGrants(["Search *.a r", "Search *.b r"], { databases: { "*": ["a"] } }), [
      grant("Search *.a r"),
    ]);
  });

  it("gives grants the target's names", () => {
    const nameMappings = [
      { sourceDatabase: "default", targetDatabase: "copy", collections: { a: "a2" } },
      { sourceDatabase: "db", targetDatabase: "db", collections: { a: "a3" } },
    ];
    const texts = [
      "Insert default.a r",
      "Insert default.b r",
      "Insert default.* r",
      "Insert db.a r",
      "Insert *.a r",
      "CreateCollection Global:default.* r",
      "UpdateUser User:default.a r",
    ];
    assert.deepEqual(
      selectGrants(texts, { collections: ["*"], nameMappings }),
      [
        "Insert copy.a2 r",
        "Insert copy.b r",
        "Insert copy.* r",
        "Insert db.a3 r",
        "Insert *.a r",
        "CreateCollection Global:copy.* r",
        "UpdateUser User:copy.a r",
      ].map(grant),
    );
  });

  it("has a grant once, when two objects have one name on the target", () => {
    const nameMappings = [{ sourceDatabase: "db", targetDatabase: "default", collections: {} }];
    const grants = selectGrants(["Insert db.* r", "Insert default.* r"], {
      collections: ["*"],
      nameMappings,
    });
    assert.deepEqual(grants, [grant("Insert default.* r")]);
  });
});

describe("isAccessDatabase", () => {
  it("holds for databases with selected collections, and the default one", () => {
    const scope = { collections: [], databases: { db: ["a"], none: [] } };
    const names = ["default", "db", "none", "other", "constructor"];
    assert.deepEqual(
      names.filter((name) => isAccessDatabase(scope, name)),
      ["default", "db"],
    );
  });
});
