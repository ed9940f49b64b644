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
      collections: "books\n\n db1.a_* \ndb1.b? : 2026_*,2027_1 ",
      excluded: "*.tmp_*",
      names: "db1 -> db2\ndb1.a_1 → db2.b_1",
      start: "time",
      startTime: "2026-11-24T10:00:00",
      loadForSnapshot: false,
      replicateRbac: true,
      earlyApply: false,
      startsNow: false,
      verifyMinutes: " 90 ",
      verifyLevel: "counts",
      verifyRowsPerSecond: "500",
    });
    assert.deepEqual(request, {
      milvusConnectParam: { uri: "http://t:19530", token: "root:Milvus" },
      collectionInfos: [],
      dbCollections: {
        default: { collectionInfos: [{ name: "books" }] },
        db1: { collectionInfos: [{ name: "a_*" }, { name: "b?", partitions: ["2026_*", "2027_1"] }] },
      },
      excludeCollections: { "*": { collectionInfos: [{ name: "tmp_*" }] } },
      nameMapping: [{ sourceDb: "db1", targetDb: "db2", collectionMapping: { a_1: "b_1" } }],
      source: "east",
      startPosition: new Date("2026-11-24T10:00:00").toISOString(),
      loadForSnapshot: false,
      replicateRbac: true,
      earlyApply: false,
      disableAutoStart: true,
      verifyEverySeconds: 5_400,
      verifyLevel: "counts",
      verifyMaxRowsPerSecond: 500,
    });
    const asUsual = requestOf({ ...FILLED, verifyMinutes: "1" });
    assert.equal(asUsual.verifyEverySeconds, 60);
    assert.deepEqual([asUsual.verifyLevel, asUsual.verifyMaxRowsPerSecond], [undefined, undefined]);
    const without = requestOf({ ...FILLED, verifyLevel: "full", verifyRowsPerSecond: "5" });
    assert.ok(!("verifyLevel" in without), "how closely means nothing without how often");
  });

  const wrong: readonly (readonly [string, Partial<FormValues>, keyof FormValues])[] = [
    ["no address", { uri: "" }, "uri"],
    ["an address without a scheme", { uri: "t:19530" }, "uri"],
    ["an address of something else", { uri: "ftp://t" }, "uri"],
    ["no collection", { isEverything: false, collections: " \n" }, "collections"],
    ["a name with three parts", { isEverything: false, collections: "a.b.c" }, "collections"],
    ["a colon without partitions", { isEverything: false, collections: "a.b:" }, "collections"],
    ["an empty name of a partition", { isEverything: false, collections: "a: p,,q" }, "collections"],
    ["two colons", { isEverything: false, collections: "a: p: q" }, "collections"],
    ["partitions of what is left out", { excluded: "a: p" }, "excluded"],
    ["a name with a space", { excluded: "a b" }, "excluded"],
    ["a pair of unlike things", { names: "db1 -> db2.c" }, "names"],
    ["a pattern as another name", { names: "db1.* -> db2.*" }, "names"],
    ["half a pair", { names: "db1 ->" }, "names"],
    ["no time", { start: "time" }, "startTime"],
    ["no number of minutes", { verifyMinutes: "often" }, "verifyMinutes"],
    ["0 minutes", { verifyMinutes: "0" }, "verifyMinutes"],
    ["half a minute", { verifyMinutes: "0.5" }, "verifyMinutes"],
    ["more minutes than a year has", { verifyMinutes: "525601" }, "verifyMinutes"],
    ["no rows", { verifyMinutes: "1", verifyRowsPerSecond: "0" }, "verifyRowsPerSecond"],
  ];
  for (const [what, values, field] of wrong)
    it(`does not take ${what}`, () => {
      assert.deepEqual(Object.keys(faultsOf({ ...FILLED, ...values })), [field]);
    });

  it("finds nothing wrong with what is hidden", () => {
    assert.deepEqual(
      faultsOf({ ...FILLED, collections: "a.b.c", startTime: "", verifyRowsPerSecond: "x" }),
      {},
    );
  });
});
