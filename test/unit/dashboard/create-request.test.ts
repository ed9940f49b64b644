import assert from "node:assert/strict";
import { faultsOf, requestOf } from "../../../src/dashboard/create/create-request.js";
import { EMPTY_FORM, type FormValues } from "../../../src/dashboard/create/form-values.js";

const FILLED: FormValues = { ...EMPTY_FORM, uri: " http://t:19530 " };

describe("the dashboard's form of a new task", () => {
  it("leaves out what is as by default", () => {
    const request = requestOf(FILLED);
    const given = Object.entries(request).filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(given), {
      milvusConnectParam: { uri: "http://t:19530", token: undefined },
      collectionInfos: [{ name: "*" }],
      dbCollections: {},
      excludeCollections: {},
      nameMapping: [],
    });
  });

  it("says what was chosen", () => {
    const request = requestOf({
      ...FILLED,
      token: "root:Milvus",
      source: " east ",
      isEverything: false,
      collections: "books\n\n db1.a_* \ndb1.b?",
      excluded: "*.tmp_*",
      names: "db1 -> db2\ndb1.a_1 → db2.b_1",
      start: "time",
      startTime: "2026-11-24T10:00:00",
      loadForSnapshot: false,
      replicateRbac: true,
      earlyApply: false,
      startsNow: false,
    });
    assert.deepEqual(request, {
      milvusConnectParam: { uri: "http://t:19530", token: "root:Milvus" },
      collectionInfos: [],
      dbCollections: {
        default: { collectionInfos: [{ name: "books" }] },
        db1: { collectionInfos: [{ name: "a_*" }, { name: "b?" }] },
      },
      excludeCollections: { "*": { collectionInfos: [{ name: "tmp_*" }] } },
      nameMapping: [{ sourceDb: "db1", targetDb: "db2", collectionMapping: { a_1: "b_1" } }],
      source: "east",
      startPosition: new Date("2026-11-24T10:00:00").toISOString(),
      loadForSnapshot: false,
      replicateRbac: true,
      earlyApply: false,
      disableAutoStart: true,
    });
  });

  const wrong: readonly (readonly [string, Partial<FormValues>, keyof FormValues])[] = [
    ["no address", { uri: "" }, "uri"],
    ["an address without a scheme", { uri: "t:19530" }, "uri"],
    ["an address of something else", { uri: "ftp://t" }, "uri"],
    ["no collection", { isEverything: false, collections: " \n" }, "collections"],
    ["a name with three parts", { isEverything: false, collections: "a.b.c" }, "collections"],
    ["a name with a space", { excluded: "a b" }, "excluded"],
    ["a pair of unlike things", { names: "db1 -> db2.c" }, "names"],
    ["a pattern as another name", { names: "db1.* -> db2.*" }, "names"],
    ["half a pair", { names: "db1 ->" }, "names"],
    ["no time", { start: "time" }, "startTime"],
  ];
  for (const [what, values, field] of wrong)
    it(`does not take ${what}`, () => {
      assert.deepEqual(Object.keys(faultsOf({ ...FILLED, ...values })), [field]);
    });

  it("finds nothing wrong with what is hidden", () => {
    assert.deepEqual(faultsOf({ ...FILLED, collections: "a.b.c", startTime: "" }), {});
  });
});
