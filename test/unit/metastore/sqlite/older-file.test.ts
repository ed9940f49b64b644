import assert from "node:assert/strict";
import { SqliteConnection } from "../../../../src/metastore/sqlite/sqlite-connection.js";
import { SqliteMetastore } from "../../../../src/metastore/sqlite/sqlite-metastore.js";
import { aCollection, aTask } from "../../../support/metastore-values.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

describe("a metastore of before partitions could be selected", () => {
  const newPath = temporaryFolder();

  it("has collections of which all are", async () => {
    const path = newPath();
    const collection = aCollection({ onlyPartitions: undefined });
    {
      await using store = SqliteMetastore.open(path);
      await store.createTask(aTask(), [], [collection]);
    }
    const connection = SqliteConnection.open(path);
    connection.execute("ALTER TABLE collections DROP COLUMN only_partitions; PRAGMA user_version = 5");
    connection.close();
    await using store = SqliteMetastore.open(path);
    assert.deepEqual(await store.listCollections(aTask().id), [collection]);
    await store.saveCollection(aTask().id, { ...collection, onlyPartitions: ["p"] });
    assert.deepEqual((await store.listCollections(aTask().id))[0]?.onlyPartitions, ["p"]);
  });
});
