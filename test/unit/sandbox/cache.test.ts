import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { cachedFolder, sandboxCacheDir } from "../../../src/sandbox/cache.js";

describe("sandbox cache", () => {
  let cacheDir: string;

  beforeEach(async () => {
    cacheDir = await fs.mkdtemp(path.join(os.tmpdir(), "cache-test-"));
  });
  afterEach(() => fs.rm(cacheDir, { recursive: true }));

  it("is where the user says, else in the user's cache folder", () => {
    assert.equal(sandboxCacheDir({ CDC_SANDBOX_CACHE: "/a/b", XDG_CACHE_HOME: "/c" }), "/a/b");
    assert.equal(sandboxCacheDir({ XDG_CACHE_HOME: "/c" }), "/c/milvus-cdc-sandbox");
    assert.equal(sandboxCacheDir({}), path.join(os.homedir(), ".cache", "milvus-cdc-sandbox"));
  });

  it("makes a folder once", async () => {
    let made = 0;
    const make = async (folder: string): Promise<void> => {
      made++;
      await fs.writeFile(path.join(folder, "file"), "whole");
    };
    const first = await cachedFolder(cacheDir, "thing", make);
    const second = await cachedFolder(cacheDir, "thing", make);
    assert.equal(first, second);
    assert.equal(made, 1);
    assert.equal(await fs.readFile(path.join(first, "file"), "utf8"), "whole");
  });

  it("keeps nothing of a folder whose making failed, and makes it again", async () => {
    const fail = async (folder: string): Promise<void> => {
      await fs.writeFile(path.join(folder, "file"), "half");
      throw new Error("interrupted");
    };
    await assert.rejects(cachedFolder(cacheDir, "thing", fail), /interrupted/);
    assert.deepEqual(await fs.readdir(cacheDir), []);
    const folder = await cachedFolder(cacheDir, "thing", (half) =>
      fs.writeFile(path.join(half, "file"), "whole"),
    );
    assert.equal(await fs.readFile(path.join(folder, "file"), "utf8"), "whole");
  });

  it("lets the slower of two makers use the folder of the quicker", async () => {
    let letSlowGo: () => void = () => undefined;
    const mayGo = new Promise<void>((resolve) => (letSlowGo = resolve));
    const slow = cachedFolder(cacheDir, "thing", async (folder) => {
      await fs.writeFile(path.join(folder, "file"), "slow");
      await mayGo;
    });
    const quick = await cachedFolder(cacheDir, "thing", (folder) =>
      fs.writeFile(path.join(folder, "file"), "quick"),
    );
    letSlowGo();
    assert.equal(await slow, quick);
    assert.equal(await fs.readFile(path.join(quick, "file"), "utf8"), "quick");
    assert.deepEqual(await fs.readdir(cacheDir), ["thing"]);
  });

  it("removes what makers left half-made long ago, and nothing newer", async () => {
    await fs.mkdir(path.join(cacheDir, ".half-made-old"));
    await fs.utimes(path.join(cacheDir, ".half-made-old"), 0, 0);
    await fs.mkdir(path.join(cacheDir, ".half-made-new"));
    await cachedFolder(cacheDir, "thing", () => Promise.resolve());
    assert.deepEqual((await fs.readdir(cacheDir)).sort(), [".half-made-new", "thing"]);
  });
});
