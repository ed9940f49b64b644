import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { SqliteMetastore } from "../../../src/metastore/sqlite/sqlite-metastore.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { Child } from "./child.js";

const FILES = 2;
const KILLS_PER_FILE = 12;

describe("SqliteMetastore and kill -9", () => {
  const newPath = temporaryFolder();

  it(`holds all that it promised before each of ${FILES * KILLS_PER_FILE} kills at random moments`, async function () {
    this.timeout(240_000);
    const commits = await Promise.all(Array.from({ length: FILES }, () => killRepeatedly(newPath("cdc.db"))));
    assert(
      commits.every((count) => count > KILLS_PER_FILE),
      `too few commits to say anything: ${commits.join()}`,
    );
  });
});

/** Returns how many commits were promised; every second process is let live until it has promised some. */
async function killRepeatedly(path: string): Promise<number> {
  let commits = 0;
  const known: string[] = [];
  for (let kill = 1; kill <= KILLS_PER_FILE; kill++) {
    const promises = await promisesUntilKilled(path, `task-${kill}`, kill % 2 === 0 ? 4 : 0);
    await assertHolds(path, `task-${kill}`, promises);
    commits += promises.length;
    // one that was killed at once may not even have made its task
    if (promises.length > 0) known.push(`task-${kill}`);
  }
  await using store = SqliteMetastore.open(path);
  const stored = (await store.listTasks()).map(({ id }) => id);
  assert(known.length >= KILLS_PER_FILE / 2, "every second process promises something");
  for (const id of known) assert(stored.includes(id), `${id} of an earlier process`);
  return commits;
}

async function promisesUntilKilled(path: string, task: string, atLeast: number): Promise<readonly string[]> {
  await using child = new Child(path, task);
  assert.equal(await child.firstLine(), "held");
  while (child.lines.length - 1 < atLeast) await sleep(1);
  await sleep(Math.random() * 80);
  await child.kill();
  return child.lines.slice(1);
}

/** Holds at least what was printed: of the last commit the kill may have cut off the line. */
async function assertHolds(path: string, task: string, promises: readonly string[]): Promise<void> {
  const promised = (what: string) =>
    Number(promises.findLast((line) => line.startsWith(`${what} `))?.split(" ")[1] ?? 0);
  await using store = SqliteMetastore.open(path);
  const checkpoints = new Set(
    (await store.listProgress(task)).map((progress) => Number(progress.checkpoint)),
  );
  const collections = (await store.listCollections(task)).map((collection) => Number(collection.id));
  const revision = (await store.getTask(task))?.revision ?? 0;

  assert(checkpoints.size <= 1, `channels saved in one call stand at ${[...checkpoints].join()}`);
  assert(Math.max(0, ...checkpoints) >= promised("progress"), `${task} lost progress`);
  assert(Math.max(0, ...collections) >= promised("collection"), `${task} lost a collection`);
  assert.equal(collections.length, Math.max(0, ...collections), `${task} has a hole in its collections`);
  assert(revision >= promised("revision"), `${task} lost a revision`);
}
