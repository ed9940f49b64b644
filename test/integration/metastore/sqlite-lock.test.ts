import assert from "node:assert/strict";
import { SqliteMetastore } from "../../../src/metastore/sqlite/sqlite-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { Child } from "./child.js";

const isLockedBy = (path: string, pid: number) => (error: unknown) => {
  assert(error instanceof CdcError);
  assert.equal(error.code, "METASTORE_LOCKED");
  const holder = process.platform === "linux" ? `process ${pid}` : "another process";
  assert.equal(error.message, `metastore ${path} is in use by ${holder}`);
  return true;
};

describe("SqliteMetastore and other processes", function () {
  this.timeout(120_000);
  const newPath = temporaryFolder();

  it("is refused while another process has the file, naming path and process, until that is killed", async () => {
    const path = newPath("cdc.db");
    // The first process makes the file; the second finds what the first left when it was killed.
    for (let i = 0; i < 2; i++) {
      await using child = new Child(path);
      assert.equal(await child.firstLine(), "held");
      assert.throws(() => SqliteMetastore.open(path), isLockedBy(path, child.pid));
    }
    await SqliteMetastore.open(path)[Symbol.asyncDispose]();
  });

  it("refuses other processes, which disturb it in nothing", async () => {
    const path = newPath("cdc.db");
    await using store = SqliteMetastore.open(path);
    for (let i = 0; i < 2; i++) {
      await using child = new Child(path);
      assert.match(await child.firstLine(), /in use by process/);
      assert.equal(await store.deleteTask("none"), false);
    }
  });

  it("is had by one of many processes at the most, also when all begin at once", async () => {
    for (const path of [newPath("fresh.db"), await existing(newPath("cdc.db"))]) {
      const children = Array.from({ length: 4 }, () => new Child(path));
      try {
        const answers = await Promise.all(children.map((child) => child.firstLine()));
        assert(answers.filter((answer) => answer === "held").length <= 1, answers.join("\n"));
        assert(
          answers.every((answer) => answer === "held" || /is in use by/.test(answer)),
          answers.join("\n"),
        );
      } finally {
        await Promise.all(children.map((child) => child.kill()));
      }
    }
  });
});

/** A file that is in WAL mode already, with a schema. */
async function existing(path: string): Promise<string> {
  await SqliteMetastore.open(path)[Symbol.asyncDispose]();
  return path;
}
