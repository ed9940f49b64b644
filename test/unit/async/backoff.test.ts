import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs, retrying } from "../../../src/async/backoff.js";

const never = new AbortController().signal;
const AT_ONCE = { firstMs: 0, maxMs: 0 };

describe("backoffMs", () => {
  it("lies between three quarters of the doubled delay and all of it, up to the bound", () => {
    const options = fc.record({
      firstMs: fc.integer({ min: 1, max: 1000 }),
      maxMs: fc.integer({ min: 1, max: 60_000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        options,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, o, r) => {
          const full = Math.min(o.maxMs, o.firstMs * 2 ** Math.min(n - 1, 40));
          const delay = backoffMs(n, o, () => r);
          assert.ok(delay <= Math.round(full) && delay >= Math.floor(full * 0.75), `${delay} of ${full}`);
        },
      ),
    );
  });
});

describe("retrying", () => {
  it("tries again until it succeeds, and counts the tries", async () => {
    const tries: number[] = [];
    const heard: unknown[] = [];
    const result = await retrying(
      (attempt) => {
        tries.push(attempt);
        return attempt < 3 ? Promise.reject(new Error(`no ${attempt}`)) : Promise.resolve("yes");
      },
      {
        isRetried: () => true,
        onFailure: (error, attempts) => heard.push([String(error), attempts]),
        onSuccess: () => heard.push("success"),
      },
      AT_ONCE,
      never,
    );
    assert.equal(result, "yes");
    assert.deepEqual(tries, [1, 2, 3]);
    assert.deepEqual(heard, [["Error: no 1", 1], ["Error: no 2", 2], "success"]);
  });

  it("throws at once what is not worth another try", async () => {
    const wrong = new Error("wrong");
    await assert.rejects(
      retrying(() => Promise.reject(wrong), { isRetried: () => false }, AT_ONCE, never),
      wrong,
    );
  });

  it("ends its wait for the next try when the signal aborts", async () => {
    const stop = new AbortController();
    const onFailure = (): void => stop.abort(new Error("stop"));
    const endless = retrying(
      () => Promise.reject(new Error("no")),
      { isRetried: () => true, onFailure },
      { firstMs: 1e9, maxMs: 1e9 },
      stop.signal,
    );
    await assert.rejects(endless, /stop/);
  });
});
