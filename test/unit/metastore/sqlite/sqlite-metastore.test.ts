import assert from "node:assert/strict";
import { SqliteConnection } from "../../../../src/metastore/sqlite/sqlite-connection.js";
import { SqliteMetastore } from "../../../../src/metastore/sqlite/sqlite-metastore.js";
import { CdcError } from "../../../../src/model/errors.js";
import { aCollection, aProgress, aTask } from "../../../support/metastore-values.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const unavailable = (pattern: RegExp) => (error: unknown) =>
  error instanceof CdcError && error.code === "METASTORE_UNAVAILABLE" && pattern.test(error.message);

describe("SqliteMetastore", () => {
  const newPath = temporaryFolder();

  it("holds everything when it is opened again", async () => {
    const path = newPath("cdc.db");
    const task = aTask();
    {
      await using store = SqliteMetastore.open(path);
      await store.createTask(task, [aProgress("a", 1n)], []);
      await store.saveCollection(task.id, aCollection());
      await store.saveDatabase(task.id, "db");
    }
    await using store = SqliteMetastore.open(path);
    assert.deepEqual(await store.listTasks(), [task]);
    assert.deepEqual(await store.listProgress(task.id), [aProgress("a", 1n)]);
    assert.deepEqual(await store.listCollections(task.id), [aCollection()]);
    assert.deepEqual(await store.listDatabases(task.id), ["db"]);
  });

  it("lets go of a file that it refused for its version", () => {
    const path = newPath("cdc.db");
    const connection = SqliteConnection.open(path);
    connection.execute(
      "PRAGMA application_id = 0x4d434443; PRAGMA user_version = 99; CREATE TABLE t (n INTEGER)",
    );
    connection.close();
    for (let i = 0; i < 2; i++) {
      assert.throws(
        () => SqliteMetastore.open(path),
        (error) => error instanceof CdcError && error.code === "METASTORE_NEWER",
      );
    }
  });

  it("stores all or nothing on a full disk, and goes on when there is space again", async () => {
    const connection = SqliteConnection.open(newPath("cdc.db"));
    await using store = SqliteMetastore.over(connection);
    const task = aTask();
    await store.createTask(task, [aProgress("a", 1n)], []);
    connection.execute("PRAGMA max_page_count = 20");

    const many = Array.from({ length: 5000 }, (_, i) => aProgress(`channel-${i}`, 1n));
    const full = unavailable(/has no space left/);
    await assert.rejects(store.saveProgress(task.id, [aProgress("a", 2n), ...many]), full);
    await assert.rejects(store.createTask(aTask({ id: "other" }), many, []), full);
    assert.deepEqual(await store.listTasks(), [task]);
    assert.deepEqual(await store.listProgress(task.id), [aProgress("a", 1n)]);

    connection.execute("PRAGMA max_page_count = 100000");
    await store.saveProgress(task.id, [aProgress("a", 3n)]);
    assert.deepEqual(await store.listProgress(task.id), [aProgress("a", 3n)]);
  });

  it("is unavailable for changes, not for questions, while its file is read-only", async () => {
    const connection = SqliteConnection.open(newPath("cdc.db"));
    await using store = SqliteMetastore.over(connection);
    connection.execute("PRAGMA query_only = ON");
    await assert.rejects(store.createTask(aTask(), [], []), unavailable(/cannot be written/));
    await assert.rejects(store.deleteTask(aTask().id), unavailable(/cannot be written/));
    assert.deepEqual(await store.listTasks(), []);
  });
});
