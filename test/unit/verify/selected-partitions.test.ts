import assert from "node:assert/strict";
import { isPartitionSelected } from "../../../src/model/partition-filter.js";
import type { CollectionVerification, VerifyUpdate } from "../../../src/model/verification.js";
import { verifyTask } from "../../../src/verify/task-verifier.js";
import type { VerifiedSide } from "../../../src/verify/verified-side.js";

const NAME = { database: "default", name: "c" };
const COLLECTION = {
  id: 1n,
  name: NAME,
  description: new Uint8Array(),
  channels: [],
  createdTs: 1n,
  aliases: [],
};

/** A side with numbers of rows by partition, all of them loaded. */
function side(counts: Readonly<Record<string, number>>, hasPartitionKey = false): VerifiedSide {
  const names = Object.keys(counts);
  const structure = {
    partitions: names,
    loaded: names,
    replicas: 1,
    indexes: [],
    aliases: [],
    properties: {},
  };
  const never = (): never => assert.fail("no rows are read");
  return {
    catalogue: {
      now: () => Promise.resolve(1n),
      list: () => Promise.resolve({ databases: ["default"], collections: new Map([[1n, NAME]]) }),
      describe: () => Promise.resolve(COLLECTION),
      structure: () => Promise.resolve(structure),
    },
    rows: {
      hasTextKeys: () => false,
      hasPartitionKey: () => hasPartitionKey,
      partitions: ({ onlyPartitions }) => {
        const selected = names.filter((name) => isPartitionSelected(onlyPartitions, name));
        return Promise.resolve(selected.map((name) => ({ name, id: BigInt(names.indexOf(name)) })));
      },
      read: never,
      readKeys: never,
      presentKeys: never,
      countKeys: never,
      countRange: (_, { partition }) => Promise.resolve(counts[partition.name] ?? 0),
    },
  };
}

/** What a comparison by numbers finds of a task that has the partitions `a` and those of 2026. */
async function found(
  source: VerifiedSide,
  target: VerifiedSide,
): Promise<[string[], CollectionVerification]> {
  const updates: VerifyUpdate[] = [];
  const task = {
    isRunning: false,
    isSelected: () => true,
    partitionsOf: () => ["a", "2026_*"],
    targetOf: () => NAME,
    collections: () => Promise.resolve([]),
    passed: () => Promise.resolve(),
    repair: () => assert.fail("nothing is repaired"),
  };
  await verifyTask(
    { task, source, target, compareSchemas: () => [] },
    { level: "counts", repair: false, dryRun: false },
    (update) => updates.push(update),
    new AbortController().signal,
  );
  const texts = updates.flatMap((one) =>
    one.kind === "difference" ? `${one.difference.kind} ${one.difference.object ?? ""}` : [],
  );
  const last = updates.at(-1);
  if (last?.kind !== "result") return assert.fail();
  return [texts.sort(), last.result.collections[0] ?? assert.fail()];
}

describe("a comparison of some partitions", () => {
  it("finds nothing in others, whatever either side has there", async () => {
    const [texts, one] = await found(side({ _default: 1, a: 5, b: 7 }), side({ _default: 2, a: 5, own: 9 }));
    assert.deepEqual([texts, one.problems], [[], []]);
    assert.deepEqual([one.sourceRows, one.targetRows], [5n, 5n]);
  });

  it("finds what is missing, extra and different in them", async () => {
    const target = side({ _default: 0, a: 4, "2026_02": 0 });
    const [texts] = await found(side({ _default: 0, a: 5, "2026_01": 0 }), target);
    assert.deepEqual(texts, [
      "differing row count",
      "extra partition 2026_02",
      "missing load of partition 2026_01",
      "missing partition 2026_01",
    ]);
  });

  it("says that it cannot be made where there is a partition key", async () => {
    const [, one] = await found(side({ _default_0: 1 }, true), side({ _default_0: 1 }, true));
    assert.match(one.problems.join(), /partition key/);
  });
});
