import assert from "node:assert/strict";
import { TargetClaims } from "../../../src/engine/target-claims.js";
import { MemoryMetastore } from "../../../src/metastore/memory/memory-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import type { ReplicatedCollection } from "../../../src/model/replicated-collection.js";
import type { TaskRecord } from "../../../src/model/task.js";
import { aCollection, aTask } from "../../support/metastore-values.js";

/** Of two sources, so that neither selects what the other has. */
function taskOf(id: string, source: string, changes: Partial<TaskRecord> = {}): TaskRecord {
  return aTask({ id, spec: { ...aTask().spec, source }, state: "Running", ...changes });
}

const A = taskOf("a", "one");
const B = taskOf("b", "two");
const fresh = aCollection({ isMerged: undefined });

function isShared(by: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof CdcError && error.code === "TARGET_SHARED" && error.message.includes(`task ${by} `);
}

describe("TargetClaims", () => {
  it("are taken by one task at a time, as often as it wants, until they are given free", async () => {
    const claims = new TargetClaims(new MemoryMetastore());
    const free = await claims.take(A, () => fresh);
    const again = await claims.take(A, () => fresh);
    await assert.rejects(
      claims.take(B, () => fresh),
      isShared("a"),
    );
    free();
    await assert.rejects(
      claims.take(B, () => fresh),
      isShared("a"),
    );
    again();
    await claims.take(B, () => fresh);
  });

  it("follow a collection to its new name, and are of one server each", async () => {
    const claims = new TargetClaims(new MemoryMetastore());
    let current: ReplicatedCollection = fresh;
    await claims.take(A, () => current);
    const elsewhere = taskOf("c", "two", { spec: { ...B.spec, connectParam: { uri: "http://other:1" } } });
    await claims.take(elsewhere, () => fresh);
    current = { ...fresh, target: { database: "copy", name: "new" } };
    await assert.rejects(
      claims.take(B, () => current),
      isShared("a"),
    );
    await claims.take(B, () => fresh);
  });

  it("are not taken of what another running task has on the target, though it has not come to claim it yet", async () => {
    const store = new MemoryMetastore();
    const claims = new TargetClaims(store);
    for (const task of [A, B]) await store.createTask(task, [], []);
    await store.saveCollection("a", aCollection({ isMerged: true }));
    await assert.rejects(
      claims.take(B, () => fresh),
      isShared("a"),
    );
    await store.updateTask({ ...A, state: "Paused", revision: 2 });
    await claims.take(B, () => fresh);
    await assert.rejects(
      claims.take(A, () => aCollection({ isMerged: true })),
      isShared("b"),
    );
  });

  it("leave what two tasks of one source select to the older one, also when it comes later", async () => {
    const store = new MemoryMetastore();
    const claims = new TargetClaims(store);
    const younger = taskOf("0", "one", { createdAtMs: A.createdAtMs + 1 });
    for (const task of [A, younger]) await store.createTask(task, [], []);
    const selected = {
      ...fresh,
      source: { database: "default", name: "two" },
      target: { database: "copy", name: "two" },
    };
    await assert.rejects(
      claims.take(younger, () => selected),
      isShared("a"),
    );
    await claims.take(A, () => selected);
  });
});
