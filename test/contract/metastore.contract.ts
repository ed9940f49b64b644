import assert from "node:assert/strict";
import { NO_ACCESS } from "../../src/model/access-control.js";
import type { Metastore } from "../../src/metastore/metastore.js";
import { CdcError } from "../../src/model/errors.js";
import { aCollection, aProgress, aTask, BEYOND_DOUBLE, MAX_INT64 } from "../support/metastore-values.js";
import { historyContract } from "./history.contract.js";

/** What every metastore must do. `open` gives an empty one each time. */
export function metastoreContract(name: string, open: () => Metastore): void {
  describe(`${name} as a Metastore`, () => {
    let store: Metastore;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store[Symbol.asyncDispose]());

    describe("tasks", () => tasksContract(() => store));
    describe("progress", () => progressContract(() => store));
    describe("collections", () => collectionsContract(() => store));
    describe("databases", () => databasesContract(() => store));
    describe("access", () => accessContract(() => store));
    describe("history", () => historyContract(() => store));

    it("shares nothing with its callers", async () => {
      const [created, updated, collection] = [aTask(), aTask({ revision: 2 }), aCollection()];
      const spoil = (task: object) => Object.assign(task, { reason: "spoilt" });

      await store.createTask(created, [], []);
      spoil(created);
      assert.deepEqual(await store.getTask(created.id), aTask());
      await store.updateTask(updated);
      spoil(updated);
      spoil((await store.getTask(created.id))!);
      spoil((await store.getTask(created.id))!.spec);
      spoil((await store.listTasks())[0]!);
      assert.deepEqual(await store.getTask(created.id), aTask({ revision: 2 }));

      await store.saveCollection(created.id, collection);
      collection.description.fill(1);
      (await store.listCollections(created.id))[0]!.description.fill(1);
      assert.deepEqual(await store.listCollections(created.id), [aCollection()]);
    });

    it("may be disposed of twice, and is then unavailable", async () => {
      await store.createTask(aTask(), [], []);
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      const calls = [
        () => store.listTasks(),
        () => store.updateTask(aTask({ revision: 2 })),
        () => store.saveProgress("", []),
      ];
      for (const call of calls) {
        await assert.rejects(call(), (e) => e instanceof CdcError && e.code === "METASTORE_UNAVAILABLE");
      }
    });
  });
}

function tasksContract(store: () => Metastore): void {
  it("has no tasks at first", async () => {
    assert.deepEqual(await store().listTasks(), []);
    assert.equal(await store().getTask(aTask().id), undefined);
  });

  it("gives back a task as it was created, with its positions", async () => {
    const task = aTask({ state: "Failed", reason: 'lost\u0000 "quoted" ✗ 😀' });
    assert.equal(await store().createTask(task, [aProgress("a", 1n), aProgress("b", 2n)], []), true);
    assert.deepEqual(await store().getTask(task.id), task);
    assert.deepEqual(await store().listTasks(), [task]);
    assert.deepEqual(await store().listProgress(task.id), [aProgress("a", 1n), aProgress("b", 2n)]);
  });

  it("keeps the collections that a task begins with", async () => {
    const [one, two] = [aCollection(), aCollection({ id: 1n })];
    await store().createTask(aTask(), [], [one]);
    assert.deepEqual(await store().listCollections(aTask().id), [one]);
    assert.equal(await store().createTask(aTask(), [], [two]), false);
    assert.deepEqual(await store().listCollections(aTask().id), [one]);
  });

  it("restarts a task at other positions, also lower ones, with other collections", async () => {
    await store().createTask(aTask(), [aProgress("a", 9n), aProgress("b", 9n)], [aCollection()]);
    const restarted = aTask({ revision: 2, startTs: 5n });
    const other = aCollection({ id: 1n, copy: undefined, isMerged: undefined });
    assert.equal(await store().restartTask(restarted, [aProgress("a", 1n)], [other]), true);
    assert.deepEqual(await store().getTask(aTask().id), restarted);
    assert.deepEqual(await store().listProgress(aTask().id), [aProgress("a", 1n)]);
    assert.deepEqual(await store().listCollections(aTask().id), [other]);
  });

  it("restarts no task that was changed meanwhile or is gone", async () => {
    await store().createTask(aTask(), [aProgress("a", 9n)], [aCollection()]);
    for (const task of [aTask({ revision: 3 }), aTask({ id: "gone", revision: 2 })])
      assert.equal(await store().restartTask(task, [], []), false);
    assert.deepEqual(await store().listProgress(aTask().id), [aProgress("a", 9n)]);
    assert.deepEqual(await store().listCollections(aTask().id), [aCollection()]);
  });

  it("gives back no reason of a task that has none", async () => {
    await store().createTask(aTask({ state: "Failed", reason: "lost" }), [], []);
    await store().updateTask(aTask({ state: "Running", reason: undefined, revision: 2 }));
    assert.equal((await store().getTask(aTask().id))?.reason, undefined);
  });

  it("creates a task once: a second with its id is refused and changes nothing", async () => {
    await store().createTask(aTask(), [aProgress("a", 1n)], []);
    const other = aTask({ state: "Paused", createdAtMs: 5 });
    assert.equal(await store().createTask(other, [aProgress("a", 9n), aProgress("b", 9n)], []), false);
    assert.deepEqual(await store().listTasks(), [aTask()]);
    assert.deepEqual(await store().listProgress(aTask().id), [aProgress("a", 1n)]);
  });

  it("lists tasks by age, those of one millisecond by id", async () => {
    const tasks = [
      aTask({ id: "c", createdAtMs: 1 }),
      aTask({ id: "a", createdAtMs: 2 }),
      aTask({ id: "b", createdAtMs: 2 }),
    ];
    for (const index of [2, 0, 1]) await store().createTask(tasks[index]!, [], []);
    assert.deepEqual(await store().listTasks(), tasks);
  });

  it("replaces a task at the revision before, and at no other", async () => {
    await store().createTask(aTask({ revision: 4 }), [], []);
    await store().createTask(aTask({ id: "other", revision: 4 }), [], []);
    for (const revision of [3, 4, 6]) {
      assert.equal(await store().updateTask(aTask({ state: "Failed", revision })), false);
      assert.deepEqual(await store().getTask(aTask().id), aTask({ revision: 4 }));
    }
    const next = aTask({ state: "Paused", reason: "asked to", revision: 5 });
    assert.equal(await store().updateTask(next), true);
    assert.deepEqual(await store().getTask(aTask().id), next);
    assert.deepEqual(await store().getTask("other"), aTask({ id: "other", revision: 4 }));
  });

  it("does not bring a task back by an update", async () => {
    assert.equal(await store().updateTask(aTask({ revision: 1 })), false);
    assert.deepEqual(await store().listTasks(), []);
  });

  it("deletes a task with all that hangs on it, and no other's", async () => {
    for (const id of ["one", "two"]) {
      await store().createTask(aTask({ id }), [aProgress("a", 1n)], []);
      await store().saveCollection(id, aCollection());
      await store().saveDatabase(id, "db");
    }
    assert.equal(await store().deleteTask("one"), true);
    assert.equal(await store().deleteTask("one"), false);
    assert.equal(await store().getTask("one"), undefined);
    assert.deepEqual(await contentOf(store(), "one"), [[], [], []]);
    assert.deepEqual(await contentOf(store(), "two"), [[aProgress("a", 1n)], [aCollection()], ["db"]]);
  });

  it("keeps nothing of a deleted task for a new one with its id", async () => {
    await store().createTask(aTask(), [aProgress("a", 9n)], []);
    await store().deleteTask(aTask().id);
    await store().createTask(aTask(), [aProgress("a", 1n)], []);
    assert.deepEqual(await contentOf(store(), aTask().id), [[aProgress("a", 1n)], [], []]);
  });

  it("stores nothing of a task that is gone", async () => {
    await store().createTask(aTask(), [], []);
    await store().deleteTask(aTask().id);
    await store().saveProgress(aTask().id, [aProgress("a", 1n)]);
    await store().saveCollection(aTask().id, aCollection());
    await store().saveDatabase(aTask().id, "db");
    await store().createTask(aTask(), [], []);
    assert.deepEqual(await contentOf(store(), aTask().id), [[], [], []]);
  });
}

function progressContract(store: () => Metastore): void {
  beforeEach(() => store().createTask(aTask(), [aProgress("a", 10n)], []));
  const saved = async (...progress: ReturnType<typeof aProgress>[]) => {
    await store().saveProgress(aTask().id, progress);
    return store().listProgress(aTask().id);
  };

  it("moves positions and adds channels, listed by name", async () => {
    const next = [aProgress("a", 11n), aProgress("b", 1n), aProgress("c", 2n)];
    assert.deepEqual(await saved(next[2]!, next[0]!, next[1]!), next);
  });

  it("never moves a checkpoint, a tick or a frontier backwards, each on its own", async () => {
    const forward = { channel: "a", checkpoint: 20n, tick: 20n, frontier: 20n };
    await saved(forward);
    for (const part of ["checkpoint", "tick", "frontier"] as const) {
      assert.deepEqual(await saved({ ...aProgress("a", 1n), [part]: 21n }), [{ ...forward, [part]: 21n }]);
      forward[part] = 21n;
    }
    assert.deepEqual(await saved(aProgress("a", -1n)), [forward]);
  });

  it("merges one channel's positions that come in one call, in any order", async () => {
    assert.deepEqual(await saved(aProgress("a", 12n), aProgress("a", 11n, { tick: 30n })), [
      aProgress("a", 12n, { tick: 30n }),
    ]);
  });

  for (const value of [MAX_INT64, MAX_INT64 - 1n, BEYOND_DOUBLE, 2n ** 32n + 1n]) {
    it(`keeps the int64 ${value} exactly`, async () => {
      assert.deepEqual(await saved(aProgress("a", value)), [aProgress("a", value)]);
      assert.deepEqual(await saved(aProgress("a", value - 1n)), [aProgress("a", value)]);
    });
  }
}

function collectionsContract(store: () => Metastore): void {
  beforeEach(() => store().createTask(aTask(), [], []));

  it("lists collections by id as they were saved last", async () => {
    const id = aTask().id;
    const first = aCollection({
      id: 9n,
      description: new Uint8Array(0),
      channels: [],
      createdTs: 0n,
      barrierTs: BEYOND_DOUBLE,
    });
    const second = aCollection({ id: BEYOND_DOUBLE, createdTs: MAX_INT64 });
    const renamed = { ...second, source: { database: "x", name: "y" }, target: { database: "z", name: "w" } };
    for (const collection of [second, first, renamed]) await store().saveCollection(id, collection);
    assert.deepEqual(await store().listCollections(id), [first, renamed]);
  });

  it("keeps a description's bytes when they are a part of a larger buffer", async () => {
    const buffer = Uint8Array.of(1, 2, 3, 4, 5);
    await store().saveCollection(aTask().id, aCollection({ description: buffer.subarray(1, 4) }));
    const [collection] = await store().listCollections(aTask().id);
    assert.deepEqual([...(collection?.description ?? [])], [2, 3, 4]);
  });

  it("deletes one collection of one task, idempotently", async () => {
    await store().createTask(aTask({ id: "other" }), [], []);
    for (const id of [aTask().id, "other"]) await store().saveCollection(id, aCollection({ id: 1n }));
    await store().saveCollection(aTask().id, aCollection({ id: 2n }));
    for (let i = 0; i < 2; i++) await store().deleteCollection(aTask().id, 1n);
    assert.deepEqual(await store().listCollections(aTask().id), [aCollection({ id: 2n })]);
    assert.deepEqual(await store().listCollections("other"), [aCollection({ id: 1n })]);
  });
}

function databasesContract(store: () => Metastore): void {
  beforeEach(() => store().createTask(aTask(), [], []));

  it("lists databases by name, each once however often it was saved", async () => {
    for (const database of ["b", "a", "b"]) await store().saveDatabase(aTask().id, database);
    assert.deepEqual(await store().listDatabases(aTask().id), ["a", "b"]);
  });

  it("deletes one database of one task, idempotently", async () => {
    await store().createTask(aTask({ id: "other" }), [], []);
    for (const id of [aTask().id, "other"]) await store().saveDatabase(id, "a");
    for (let i = 0; i < 2; i++) await store().deleteDatabase(aTask().id, "a");
    assert.deepEqual(await store().listDatabases(aTask().id), []);
    assert.deepEqual(await store().listDatabases("other"), ["a"]);
  });
}

async function contentOf(store: Metastore, id: string): Promise<unknown[]> {
  return [await store.listProgress(id), await store.listCollections(id), await store.listDatabases(id)];
}

function accessContract(store: () => Metastore): void {
  const access = { ...NO_ACCESS, roles: ["reader"], users: ["öne"] };

  it("gives back what was saved last, and nothing at first", async () => {
    await store().createTask(aTask(), [], []);
    assert.equal(await store().getAccess(aTask().id), undefined);
    await store().saveAccess(aTask().id, NO_ACCESS);
    await store().saveAccess(aTask().id, access);
    assert.deepEqual(await store().getAccess(aTask().id), access);
  });

  it("stores nothing of a task that is gone, and leaves the task alone", async () => {
    await store().saveAccess("gone", access);
    assert.equal(await store().getAccess("gone"), undefined);
    await store().createTask(aTask(), [], []);
    await store().saveAccess(aTask().id, access);
    await store().updateTask(aTask({ revision: 2 }));
    assert.deepEqual(await store().getTask(aTask().id), aTask({ revision: 2 }));
    assert.deepEqual(await store().getAccess(aTask().id), access);
  });
}
