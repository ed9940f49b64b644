import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Keyring } from "../../../../src/metastore/keyring.js";
import { SqliteConnection } from "../../../../src/metastore/sqlite/sqlite-connection.js";
import { SqliteMetastore } from "../../../../src/metastore/sqlite/sqlite-metastore.js";
import { CdcError } from "../../../../src/model/errors.js";
import { aTask } from "../../../support/metastore-values.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const OLD = "11".repeat(32);
const NEW = "22".repeat(32);
const PLANTED = "planted-5ecret";

function secretTask(id = "a".repeat(32)) {
  const task = aTask({ id });
  const connectParam = { uri: `http://u:${PLANTED}@h:1`, token: PLANTED, password: PLANTED };
  return { ...task, spec: { ...task.spec, connectParam } };
}

/** All that lies on the disk beside the path, as text. */
function onDisk(path: string): string {
  const folder = dirname(path);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join();
}

const isWrongKey = (pattern: RegExp) => (error: unknown) =>
  error instanceof CdcError && error.code === "METASTORE_KEY_WRONG" && pattern.test(error.message);

describe("A metastore with a key", () => {
  const newPath = temporaryFolder();

  it("lets nobody who has the file see credentials, while it is open and after", async () => {
    const path = newPath("cdc.db");
    const keys = new Keyring(NEW, []);
    {
      await using store = SqliteMetastore.open(path, keys);
      await store.createTask(secretTask(), [], []);
      await store.updateTask({ ...secretTask(), revision: 2 });
      assert.doesNotMatch(onDisk(path), /planted/);
    }
    assert.doesNotMatch(onDisk(path), /planted/);
    await using store = SqliteMetastore.open(path, keys);
    assert.deepEqual(await store.getTask("a".repeat(32)), { ...secretTask(), revision: 2 });
  });

  it("encrypts what was in clear when it first has a key, also what was deleted", async () => {
    const path = newPath("cdc.db");
    {
      await using store = SqliteMetastore.open(path);
      for (const id of ["a", "b", "c"]) await store.createTask(secretTask(id), [], []);
      await store.deleteTask("b");
    }
    assert.match(onDisk(path), /planted/);
    await using store = SqliteMetastore.open(path, new Keyring(NEW, []));
    assert.doesNotMatch(onDisk(path), /planted/);
    assert.deepEqual(await store.listTasks(), [secretTask("a"), secretTask("c")]);
  });

  it("needs a previous key for one start only", async () => {
    const path = newPath("cdc.db");
    {
      await using store = SqliteMetastore.open(path, new Keyring(OLD, []));
      await store.createTask(secretTask(), [], []);
    }
    await SqliteMetastore.open(path, new Keyring(NEW, [OLD]))[Symbol.asyncDispose]();
    await using store = SqliteMetastore.open(path, new Keyring(NEW, []));
    assert.deepEqual(await store.listTasks(), [secretTask()]);
  });

  it("refuses to open with another key or none, changes nothing, and opens with the right one after", async () => {
    const path = newPath("cdc.db");
    {
      await using store = SqliteMetastore.open(path, new Keyring(OLD, []));
      await store.createTask(secretTask(), [], []);
    }
    assert.throws(
      () => SqliteMetastore.open(path, new Keyring(NEW, [])),
      isWrongKey(/none of the configured keys/),
    );
    assert.throws(() => SqliteMetastore.open(path), isWrongKey(/no key is configured/));
    await using store = SqliteMetastore.open(path, new Keyring(OLD, []));
    assert.deepEqual(await store.listTasks(), [secretTask()]);
  });

  it("does not open what was changed, or moved to another task", async () => {
    const path = newPath("cdc.db");
    const keys = new Keyring(NEW, []);
    {
      await using store = SqliteMetastore.open(path, keys);
      await store.createTask(secretTask("a"), [], []);
      await store.createTask(secretTask("b"), [], []);
    }
    const connection = SqliteConnection.open(path);
    connection.execute("UPDATE tasks SET spec = (SELECT spec FROM tasks WHERE id = 'a') WHERE id = 'b'");
    connection.close();
    assert.throws(() => SqliteMetastore.open(path, keys), isWrongKey(/task b connectParam was changed/));
  });
});

describe("Keyring", () => {
  const keys = new Keyring(NEW, []);

  it("seals one text twice in two ways, and opens no shortened, lengthened or altered one", () => {
    const sealed = keys.seal("text", "place");
    assert.notEqual(sealed, keys.seal("text", "place"));
    assert.equal(keys.open(sealed, "place"), "text");
    const other = sealed.endsWith("A") ? "B" : "A";
    for (const bad of [
      sealed.slice(0, -4),
      `${sealed}AAAA`,
      sealed.slice(0, 30),
      sealed.replace(/.{9}$/, `${other}$&`.slice(0, 9)),
    ])
      assert.throws(() => keys.open(bad, "place"), CdcError, bad);
    assert.throws(() => keys.open(sealed, "another place"), CdcError);
  });
});
