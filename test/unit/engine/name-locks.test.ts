import assert from "node:assert/strict";
import { NameLocks } from "../../../src/engine/name-locks.js";

const never = new AbortController().signal;
const NAME = { database: "d", name: "n" };

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("NameLocks", () => {
  it("give a name to one after the other, in the order of the calls", async () => {
    const locks = new NameLocks();
    const log: string[] = [];
    const use = async (who: string): Promise<void> => {
      const release = await locks.acquire(NAME, never);
      log.push(`${who} has it`);
      await turn();
      log.push(`${who} lets go`);
      release();
    };
    await Promise.all(["a", "b", "c"].map(use));
    assert.deepEqual(
      log,
      ["a", "b", "c"].flatMap((who) => [`${who} has it`, `${who} lets go`]),
    );
  });

  it("do not mix up names, whatever they contain", async () => {
    const locks = new NameLocks();
    await locks.acquire({ database: "a", name: "b.c" }, never);
    await locks.acquire({ database: "a.b", name: "c" }, never);
    await locks.acquire({ database: 'a","b', name: "" }, never);
    await locks.acquire({ database: "a", name: 'b","' }, never);
  });

  it("keep the order when one in the middle gives up", async () => {
    const locks = new NameLocks();
    const release = await locks.acquire(NAME, never);
    const stop = new AbortController();
    const second = locks.acquire(NAME, stop.signal);
    let hasThird = false;
    const third = locks.acquire(NAME, never).then(() => (hasThird = true));
    stop.abort(new Error("stop"));
    await assert.rejects(second, /stop/);
    await turn();
    assert.equal(hasThird, false);
    release();
    await third;
  });
});
