import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { linkedAbort, sleep, untilAborted } from "../../../src/async/abort.js";

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** Lets promises settle, and Node tell of rejections that nobody heard. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("sleep", () => {
  it("leaves no listener behind when it ends", async () => {
    const { signal } = new AbortController();
    await sleep(0, signal);
    assert.equal(listeners(signal), 0);
  });

  it("rejects with the signal's reason at once, and leaves no listener", async () => {
    const stop = new AbortController();
    const sleeping = sleep(1e9, stop.signal);
    assert.equal(listeners(stop.signal), 1);
    stop.abort(new Error("stop"));
    await assert.rejects(sleeping, /stop/);
    assert.equal(listeners(stop.signal), 0);
  });

  it("does not begin when the signal has aborted", async () => {
    await assert.rejects(sleep(1e9, AbortSignal.abort(new Error("before"))), /before/);
  });

  it("makes an error of a reason that is none", async () => {
    await assert.rejects(
      sleep(1e9, AbortSignal.abort("why")),
      (e) => e instanceof Error && e.cause === "why",
    );
  });
});

describe("untilAborted", () => {
  it("gives the promise's value or error, and leaves no listener", async () => {
    const { signal } = new AbortController();
    assert.equal(await untilAborted(Promise.resolve(1), signal), 1);
    await assert.rejects(untilAborted(Promise.reject(new Error("own")), signal), /own/);
    await settled();
    assert.equal(listeners(signal), 0);
  });

  it("rejects when the signal aborts first, and leaves no listener once the promise ends", async () => {
    const stop = new AbortController();
    const waiting = untilAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error("stop"));
    await assert.rejects(waiting, /stop/);
    assert.equal(listeners(stop.signal), 0);
  });

  for (const isBefore of [true, false]) {
    it(`hears of a later failure of the promise when the signal aborted ${isBefore ? "before" : "meanwhile"}`, async () => {
      // GIVEN a promise that fails after its wait was given up
      const unheard: unknown[] = [];
      const hear = (reason: unknown): void => void unheard.push(reason);
      const others = process.listeners("unhandledRejection");
      process.removeAllListeners("unhandledRejection");
      process.on("unhandledRejection", hear);
      try {
        const stop = new AbortController();
        if (isBefore) stop.abort(new Error("stop"));
        let fail = (): void => undefined;
        const promise = new Promise<void>((_, reject) => {
          fail = () => reject(new Error("too late"));
        });
        const waiting = untilAborted(promise, stop.signal);
        stop.abort(new Error("stop"));
        await assert.rejects(waiting, /stop/);
        // WHEN it fails
        fail();
        await settled();
        await settled();
        // THEN the process is not brought down by it
        assert.deepEqual(unheard, []);
      } finally {
        process.off("unhandledRejection", hear);
        for (const other of others) process.on("unhandledRejection", other);
      }
    });
  }
});

describe("linkedAbort", () => {
  it("aborts with its parent, for its parent's reason", () => {
    const parent = new AbortController();
    const linked = linkedAbort(parent.signal);
    parent.abort("why");
    assert.equal(linked.signal.reason, "why");
    assert.equal(linkedAbort(parent.signal).signal.aborted, true);
  });

  it("leaves its parent alone, and nothing on it once it is unlinked", () => {
    const parent = new AbortController();
    const linked = linkedAbort(parent.signal);
    linked.abort("own");
    linked.unlink();
    assert.equal(parent.signal.aborted, false);
    assert.equal(listeners(parent.signal), 0);
    parent.abort();
    assert.equal(linked.signal.reason, "own");
  });
});
