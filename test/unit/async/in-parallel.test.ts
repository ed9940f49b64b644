import assert from "node:assert/strict";
import { inParallel } from "../../../src/async/in-parallel.js";
import { Mutex } from "../../../src/async/mutex.js";

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("inParallel", () => {
  it("runs each item once, and never more at a time than it may", async () => {
    const seen: number[] = [];
    let [now, most] = [0, 0];
    await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++now);
      await turn();
      seen.push(item);
      now--;
    });
    assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5]);
    assert.equal(most, 2);
  });

  it("throws the first failure once what is under way has ended, and begins nothing after it", async () => {
    const ended: number[] = [];
    const action = async (item: number): Promise<void> => {
      if (item === 2) throw new Error("two");
      await turn();
      ended.push(item);
    };
    await assert.rejects(inParallel([1, 2, 3, 4], 2, action), /two/);
    assert.deepEqual(ended, [1]);
  });

  it("has nothing to do for nothing", () => inParallel([], 2, () => Promise.reject(new Error("never"))));
});

describe("Mutex", () => {
  it("runs one action after the other, in the order of the calls, also after one that failed", async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const action = (name: string, fails: boolean) => async () => {
      log.push(`${name} begins`);
      await turn();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
    const first = mutex.run(action("a", true));
    const second = mutex.run(action("b", false));
    assert.equal(mutex.isIdle, false);
    await assert.rejects(first, /a/);
    await second;
    assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
    assert.equal(mutex.isIdle, true);
  });
});
