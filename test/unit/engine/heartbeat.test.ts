import assert from "node:assert/strict";
import { beat } from "../../../src/engine/heartbeat.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import { CdcError } from "../../../src/model/errors.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";

/** A heart that beats; each ping is answered as `ping` says. */
class Scene implements Disposable {
  readonly time = new VirtualTime();
  readonly retries = new RetryBoard(() => undefined);
  readonly signals: AbortSignal[] = [];
  readonly stop = new AbortController();
  ping: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly ended: Promise<never>;

  constructor() {
    const ping = (signal: AbortSignal): Promise<void> => {
      this.signals.push(signal);
      return this.ping(signal);
    };
    this.ended = beat(
      { who: "the target", code: "TARGET_UNAVAILABLE", ping, retries: this.retries },
      this.stop.signal,
    );
    this.ended.catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.stop.abort(new Error("stop"));
    this.time[Symbol.dispose]();
  }
}

const never = (): Promise<never> => new Promise(() => undefined);

describe("heartbeat", () => {
  it("tells within ten seconds that nobody answers, and since when, and cuts what it asked", async () => {
    using s = new Scene();
    await s.time.advance(1_000);
    const hungAtMs = s.time.now;
    s.ping = never;
    await s.time.until("it is told", () => s.retries.worst !== undefined, 10_000);
    const { error, sinceMs, attempts } = s.retries.worst!;
    assert.equal(
      `${error.code}: ${error.message}`,
      "TARGET_UNAVAILABLE: the target does not answer within 5 s",
    );
    assert.ok(sinceMs >= hungAtMs && sinceMs <= hungAtMs + 3_000);
    assert.equal(attempts, 1);
    assert.equal(s.signals.at(-1)?.aborted, true);
  });

  it("counts its tries, and forgets the silence with the first answer", async () => {
    using s = new Scene();
    s.ping = never;
    await s.time.advance(30_000);
    const { attempts, sinceMs } = s.retries.worst!;
    // after 7, 14, 21 and 28 s
    assert.equal(attempts, 4);
    assert.ok(s.time.now - sinceMs >= 26_000);
    s.ping = () => Promise.resolve();
    await s.time.until("it is well", () => s.retries.worst === undefined, 10_000);
    s.ping = never;
    await s.time.until("it is told", () => s.retries.worst !== undefined, 10_000);
    assert.equal(s.retries.worst?.attempts, 1);
  });

  it("takes an answer of almost five seconds for one, and leaves no timer behind", async () => {
    using s = new Scene();
    s.ping = () => new Promise((resolve) => setTimeout(resolve, 4_900));
    for (let i = 0; i < 60; i++) {
      await s.time.advance(500);
      assert.equal(s.retries.worst, undefined);
    }
    assert.ok(s.signals.length > 2);
    assert.ok(s.signals.every(({ aborted }) => !aborted));
  });

  it("shows an error as it is, without waiting", async () => {
    using s = new Scene();
    await s.time.settle();
    s.ping = () => Promise.reject(new CdcError("TARGET_UNAUTHENTICATED", "no"));
    await s.time.advance(3_000);
    assert.equal(s.retries.worst?.error.message, "no");
  });

  it("ends with its task, in the middle of a ping too, and reports nothing then", async () => {
    using s = new Scene();
    s.ping = never;
    await s.time.advance(3_000);
    s.stop.abort(new Error("the task stops"));
    await assert.rejects(s.ended, /the task stops/);
    assert.equal(s.signals.at(-1)?.aborted, true);
    assert.equal(s.retries.worst, undefined);
  });
});
