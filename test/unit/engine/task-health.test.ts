import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import type { FakeCollection } from "../../support/engine-fake-source.js";
import type { Gate } from "../../support/engine-gate.js";
import { EngineHarness, phaseOf, rows, type Run } from "../../support/engine-harness.js";

const TARGET = /^(ping|insert|upsert|delete|openCollection|hasCollection|structure) ?/;
const SOURCE = /^(now|list|describe|source-structure|imports)\b/;
const LOG = /^(ranges|retention|record)$/;
/** More than a lane takes before its channels are not read any more. */
const FULL = 17 << 20;

/** A task whose source ticks every 200 ms, by the same clock as everything else. */
class Scene implements Disposable {
  readonly h: EngineHarness;
  /** Operations that are not answered. */
  hung: RegExp | undefined;
  /** How long writes take. */
  writeMs = 0;
  /** Every status that was shown, without repetitions. */
  readonly statuses: string[] = [];
  run!: Run;

  constructor(channels: readonly string[] = ["c0"], spec?: Partial<TaskSpec>) {
    this.h = new EngineHarness(channels, spec);
    this.h.source.pass(this.h.time.now);
  }

  /** With an empty collection in each of the channels. */
  async start(...names: readonly string[]): Promise<FakeCollection[]> {
    const { h } = this;
    await h.createTask();
    const channels = h.source.log.ranges().map(({ channel }) => channel);
    const made = names.map((name) => h.source.create(name, channels));
    this.run = h.start(this.#gate);
    await this.live(5_000);
    this.statuses.length = 0;
    return made;
  }

  /** So much time passes, in which the source ticks. */
  live(ms: number, tick: () => void = () => this.h.source.flush()): Promise<void> {
    return this.liveUntil(() => false, ms, tick).then(() => undefined);
  }

  /** Answers how long it took, at most `maxMs`. */
  async liveUntil(
    holds: () => boolean,
    maxMs: number,
    tick: () => void = () => this.h.source.flush(),
  ): Promise<number> {
    for (let ms = 0; ms < maxMs; ms += 200) {
      if (holds()) return ms;
      this.h.source.pass(200);
      tick();
      await this.h.time.advance(200);
      if (this.status !== this.statuses.at(-1)) this.statuses.push(this.status);
    }
    return maxMs;
  }

  /** So much time passes without a tick. */
  silence(ms: number): Promise<void> {
    return this.live(ms, () => undefined);
  }

  get status(): string {
    return this.run.runner.observe().status;
  }

  get problems(): string {
    return this.run.runner.observe().problems.join("\n");
  }

  /** Of the failure that is shown. */
  get cause(): string | undefined {
    const { retry } = this.run.runner.observe();
    return retry && `${retry.error.code}: ${retry.error.message}`;
  }

  async history(): Promise<string[]> {
    return (await this.h.store.listEvents(this.h.task.id)).map(({ text }) => text);
  }

  [Symbol.dispose](): void {
    this.h[Symbol.dispose]();
  }

  readonly #gate: Gate = async (operation, apply, signal) => {
    if (this.hung?.test(operation) === true) await this.#unhung(operation, signal);
    const isWrite = /^(insert|upsert|delete) /.test(operation);
    if (isWrite && this.writeMs > 0) await new Promise((resolve) => setTimeout(resolve, this.writeMs));
    return this.h.faults.gate(operation, apply, signal);
  };

  #unhung(operation: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new CdcError("TARGET_UNAVAILABLE", "cancelled")), {
        once: true,
      });
      const look = (): unknown => (this.hung?.test(operation) === true ? setTimeout(look, 100) : resolve());
      look();
    });
  }
}

describe("the health of a task", () => {
  for (const { who, hung, cause } of [
    { who: "target", hung: TARGET, cause: "TARGET_UNAVAILABLE: the target does not answer within 5 s" },
    { who: "source", hung: SOURCE, cause: "SOURCE_UNAVAILABLE: the source does not answer within 5 s" },
    { who: "log", hung: LOG, cause: "LOG_UNAVAILABLE: Kafka does not answer within 5 s" },
  ]) {
    for (const names of [["c"], []]) {
      it(`shows within ten seconds that the ${who} hangs, and its return, with ${names.length} collections and nothing to write`, async () => {
        using s = new Scene();
        await s.start(...names);
        assert.equal(s.status, "idle");
        s.hung = hung;
        assert.ok((await s.liveUntil(() => s.status !== "idle", 20_000)) < 10_000);
        assert.deepEqual([s.status, s.cause], ["disconnected", cause]);
        await s.live(30_000);
        assert.equal(s.status, "disconnected");
        s.hung = undefined;
        assert.ok((await s.liveUntil(() => s.status === "idle", 20_000)) < 10_000);
        await s.live(6_000);
        const [begin, end, ...others] = await s.history();
        assert.equal(begin, `disconnected: ${cause}`);
        assert.match(end ?? "", /^well again after 3\d s$/);
        assert.deepEqual(others, []);
      });
    }
  }

  it("shows a lost connection although something else has been tried more often", async () => {
    using s = new Scene();
    await s.start("c");
    s.h.faults.reject("structure c", new CdcError("TARGET_NOT_READY", "an index is being built"), 1_000);
    await s.live(60_000);
    assert.equal(s.status, "retrying");
    s.hung = /^now$/;
    assert.ok((await s.liveUntil(() => s.status === "disconnected", 20_000)) < 10_000);
    assert.match(s.cause ?? "", /SOURCE_UNAVAILABLE/);
  });

  it("shows that it stalls when everybody answers and no tick comes, until the next one", async () => {
    using s = new Scene();
    await s.start("c", "d");
    assert.ok(
      (await s.liveUntil(
        () => s.status === "stalled",
        20_000,
        () => undefined,
      )) < 10_000,
    );
    assert.match(s.problems, /^no time tick has come in c0 for 8 s, .*check that source and Kafka run$/);
    await s.silence(10_000);
    assert.match(s.problems, /^no time tick has come in c0 for 1\d s/);
    assert.ok((await s.liveUntil(() => s.status === "idle", 10_000)) <= 2_000);
    await s.live(5_000);
    const [begin, end] = await s.history();
    assert.match(begin ?? "", /^stalled: no time tick has come in c0/);
    assert.match(end ?? "", /^well again after \d+ s$/);
  });

  it("shows that it stalls when no tick has come since it began", async () => {
    using s = new Scene();
    await s.h.createTask();
    s.h.source.create("c", ["c0"]);
    s.run = s.h.start();
    assert.ok(
      (await s.liveUntil(
        () => s.status === "stalled",
        20_000,
        () => undefined,
      )) < 10_000,
    );
    assert.match(s.problems, /^no time tick has come in c0 for/);
  });

  it("shows that it stalls when one of several channels is silent, and names that one", async () => {
    using s = new Scene(["c0", "c1"]);
    await s.start("c");
    const tickOne = (): unknown => s.h.source.tick("c0");
    assert.ok((await s.liveUntil(() => s.status === "stalled", 20_000, tickOne)) < 10_000);
    assert.match(s.problems, /^no time tick has come in c1 for/);
  });

  it("shows that it stalls when the target answers, but not to a write", async () => {
    using s = new Scene();
    const [c] = await s.start("c");
    s.h.source.insert(c!, rows([1]));
    s.hung = /^insert c/;
    assert.ok((await s.liveUntil(() => s.status === "stalled", 20_000)) < 10_000);
    assert.match(s.problems, /^nothing of default.c was taken by the target for \d s$/);
    s.hung = undefined;
    assert.ok((await s.liveUntil(() => s.status === "idle", 10_000)) <= 4_000);
    assert.deepEqual(s.h.target.rows("c"), ["_default/1=v1"]);
  });

  it("stays idle for as long as nothing happens", async () => {
    using s = new Scene();
    await s.start("c", "d");
    await s.live(120_000);
    assert.deepEqual(s.statuses, ["idle"]);
    assert.deepEqual(await s.history(), []);
  });

  it("flows with a target that is slow, and answers each write within eight seconds", async () => {
    using s = new Scene();
    const [c] = await s.start("c", "d");
    s.writeMs = 7_000;
    for (let i = 0; i < 60; i++) {
      s.h.source.insert(c!, rows([i]));
      await s.live(1_000);
    }
    assert.deepEqual(s.statuses, ["idle", "flowing"]);
    assert.deepEqual(await s.history(), []);
  });

  it("does not take a channel for silent that is not read since a collection holds too much of it", async () => {
    using s = new Scene();
    const [c] = await s.start("full", "waiting");
    s.writeMs = 12_000;
    for (let i = 0; i < 3; i++) s.h.source.insert(c!, rows([i]), "_default", FULL);
    // while it is full, and while its channel is read again
    await s.live(80_000, () => {
      s.h.source.flush();
      const about = s.problems.split("\n").filter((text) => text !== "" && !text.includes("default.full"));
      assert.deepEqual(about, []);
    });
    assert.ok(s.statuses.includes("stalled"));
    assert.equal(s.h.target.rows("full").length, 3);
    assert.equal(s.status, "idle");
  });

  it("names the collection that keeps a channel from being read, also when it waits itself", async () => {
    // GIVEN a collection that is dropped in one of its channels only, and another one that waits for its name
    using s = new Scene(["c0", "c1"]);
    const [c] = await s.start("c", "idle");
    s.h.source.drop(c!);
    const next = s.h.source.create("c", ["c0"]);
    const tick = (): void => {
      s.h.source.logSome("c0");
      for (const channel of ["c0", "c1"]) s.h.source.tick(channel);
    };
    await s.live(4_000, tick);
    // WHEN it gets more than it may hold
    for (let i = 0; i < 2; i++) s.h.source.insert(next, rows([i]), "_default", FULL);
    await s.live(20_000, tick);
    // THEN what waits behind it is not taken for the cause
    assert.equal(s.status, "stalled");
    assert.equal(
      s.problems,
      "c0 is not read on, since default.c holds as much as it may; see that collection",
    );
    await s.live(20_000);
    assert.equal(s.status, "idle");
    assert.equal(s.h.target.rows("c").length, 2);
  });

  it("expects no ticks in the channels of a collection that is being dropped", async () => {
    using s = new Scene();
    const [c] = await s.start("c");
    s.hung = /^drop c/;
    s.h.source.drop(c!);
    s.h.source.flush();
    await s.silence(30_000);
    assert.equal(s.problems, "");
    assert.ok(!s.statuses.includes("stalled"));
  });

  it("expects nothing of a blocked collection", async () => {
    using s = new Scene();
    const [c] = await s.start("c", "d");
    s.h.faults.reject("insert c", new CdcError("TARGET_REJECTED", "no"));
    s.h.source.insert(c!, rows([1]));
    await s.liveUntil(() => phaseOf(s.run.runner.observe(), "c") === "blocked", 10_000);
    await s.live(5_000);
    s.statuses.length = 0;
    await s.live(30_000);
    assert.deepEqual(s.statuses, ["idle"]);
    assert.equal(s.problems, "");
  });

  it("tells how fast rows and bytes are written, and 0 again some time later", async () => {
    using s = new Scene();
    const [c] = await s.start("c");
    for (let i = 0; i < 15; i++) {
      s.h.source.insert(c!, rows([2 * i, 2 * i + 1]), "_default", 1_000);
      await s.live(1_000);
    }
    const { rowsPerSecond, bytesPerSecond } = s.run.runner.observe();
    assert.ok(Math.abs(rowsPerSecond - 2) <= 0.4, String(rowsPerSecond));
    assert.ok(Math.abs(bytesPerSecond - 1_000) <= 200, String(bytesPerSecond));
    await s.live(15_000);
    const later = s.run.runner.observe();
    assert.deepEqual([later.rowsPerSecond, later.bytesPerSecond], [0, 0]);
  });

  it("tells how many records wait, and none soon after", async () => {
    using s = new Scene();
    const [c] = await s.start("c");
    s.hung = /^insert c/;
    for (let i = 0; i < 50; i++) s.h.source.insert(c!, rows([i]));
    await s.live(5_000);
    assert.ok((s.run.runner.observe().backlogRecords ?? 0n) >= 50n);
    s.hung = undefined;
    await s.live(10_000);
    assert.ok((s.run.runner.observe().backlogRecords ?? 99n) <= 3n);
  });

  it("stops while it has not even begun, and leaves nothing running", async () => {
    using s = new Scene();
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): unknown => unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    await s.h.createTask();
    const held = s.h.faults.hold("listCollections");
    s.run = s.h.start();
    await held.arrived;
    s.run.runner.stop(0);
    await s.h.time.advance(1_000);
    held.release();
    await s.h.time.whenDone("it ends", s.run.ended);
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
    assert.equal(s.h.openResources, 0);
  });
});
