import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { Slots } from "../../../src/async/slots.js";

const never = new AbortController().signal;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An action that runs until it is told to end. */
class Work {
  hasBegun = false;
  end: (error?: Error) => void = () => undefined;
  readonly action = (): Promise<void> => {
    this.hasBegun = true;
    return new Promise((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
  };
}

describe("Slots", () => {
  it("let so many run at a time, and the others one by one, first come, first served", async () => {
    const slots = new Slots(2);
    const works = Array.from({ length: 5 }, () => new Work());
    const running = works.map(({ action }) => slots.run(action, never));
    for (const [i, { end }] of [...works.entries()]) {
      await turn();
      assert.deepEqual(
        works.map(({ hasBegun }) => hasBegun),
        works.map((_, j) => j < i + 2),
      );
      end();
      works[i]!.end();
    }
    await Promise.all(running);
  });

  it("give the answer, and the slot free also after a failure", async () => {
    const slots = new Slots(1);
    await assert.rejects(
      slots.run(() => Promise.reject(new Error("own")), never),
      /own/,
    );
    assert.equal(await slots.run(() => Promise.resolve(7), never), 7);
  });

  it("are not waited for any longer than the signal lives, and go to the next one", async () => {
    const slots = new Slots(1);
    const [first, second, third] = [new Work(), new Work(), new Work()];
    const running = slots.run(first.action, never);
    const stop = new AbortController();
    const waiting = slots.run(second.action, stop.signal);
    const last = slots.run(third.action, never);
    stop.abort(new Error("stop"));
    await assert.rejects(waiting, /stop/);
    first.end();
    await running;
    await turn();
    assert.deepEqual([second.hasBegun, third.hasBegun], [false, true]);
    third.end();
    await last;
    assert.equal(getEventListeners(stop.signal, "abort").length, 0);
  });

  it("are not lost when one's turn comes just as its signal aborts", async () => {
    const slots = new Slots(1);
    const [first, second, third] = [new Work(), new Work(), new Work()];
    const running = slots.run(first.action, never);
    const stop = new AbortController();
    const waiting = slots.run(second.action, stop.signal);
    waiting.catch(() => undefined);
    const last = slots.run(third.action, never);
    await turn();
    // WHEN the abort comes between the end of the first and the second one's hearing of it
    first.end();
    queueMicrotask(() => stop.abort(new Error("stop")));
    await running;
    await assert.rejects(waiting, /stop/);
    await turn();
    // THEN the next one has it
    assert.deepEqual([second.hasBegun, third.hasBegun], [false, true]);
    third.end();
    await last;
  });
});
