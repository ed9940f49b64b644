import assert from "node:assert/strict";
import { SharedLock } from "../../../src/async/shared-lock.js";

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Actions that run until they are told to end, and what was seen of them. */
class Actions {
  readonly log: string[] = [];
  readonly #ends = new Map<string, (error?: Error) => void>();

  named(name: string): () => Promise<string> {
    return async () => {
      this.log.push(`${name} begins`);
      await new Promise<void>((resolve, reject) => {
        this.#ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
      this.log.push(`${name} ends`);
      return name;
    };
  }

  async end(name: string, error?: Error): Promise<void> {
    this.#ends.get(name)?.(error);
    await turn();
  }
}

describe("SharedLock", () => {
  it("lets shared actions run together, and gives their answers", async () => {
    const lock = new SharedLock();
    const actions = new Actions();
    const [a, b] = [lock.shared(actions.named("a")), lock.shared(actions.named("b"))];
    await turn();
    assert.deepEqual(actions.log, ["a begins", "b begins"]);
    await actions.end("b");
    await actions.end("a");
    assert.deepEqual(await Promise.all([a, b]), ["a", "b"]);
  });

  it("lets one that is to be alone wait for those that run, and go before those that come later", async () => {
    const lock = new SharedLock();
    const actions = new Actions();
    const all = [
      lock.shared(actions.named("a")),
      lock.shared(actions.named("b")),
      lock.exclusive(actions.named("alone")),
      lock.shared(actions.named("c")),
      lock.exclusive(actions.named("alone too")),
      lock.shared(actions.named("d")),
    ];
    await turn();
    await actions.end("a");
    assert.deepEqual(actions.log, ["a begins", "b begins", "a ends"]);
    for (const name of ["b", "alone", "c", "alone too", "d"]) await actions.end(name);
    assert.deepEqual(await Promise.all(all), ["a", "b", "alone", "c", "alone too", "d"]);
    assert.deepEqual(actions.log.slice(3), [
      "b ends",
      ...["alone", "c", "alone too", "d"].flatMap((name) => [`${name} begins`, `${name} ends`]),
    ]);
  });

  it("goes on after failures, which only their callers hear of", async () => {
    const lock = new SharedLock();
    const actions = new Actions();
    const shared = lock.shared(actions.named("a"));
    const alone = lock.exclusive(actions.named("alone"));
    const last = lock.shared(actions.named("b"));
    await turn();
    const failed = [assert.rejects(shared, /shared fails/), assert.rejects(alone, /alone fails/)];
    await actions.end("a", new Error("shared fails"));
    await actions.end("alone", new Error("alone fails"));
    await Promise.all(failed);
    await actions.end("b");
    assert.equal(await last, "b");
  });
});
