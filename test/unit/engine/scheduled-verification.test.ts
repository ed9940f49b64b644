import assert from "node:assert/strict";
import { aborted } from "../../../src/async/abort.js";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskId } from "../../../src/model/ids.js";
import type { VerifyOptions, VerifyResult, VerifyUpdate } from "../../../src/model/verification.js";
import { Slots } from "../../../src/async/slots.js";
import { ScheduledVerification } from "../../../src/engine/scheduled-verification.js";
import type { TaskObservation } from "../../../src/engine/task-view.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";
import { SILENT } from "../../support/engine-harness.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";
import { aTask } from "../../support/metastore-values.js";

const EVERY_S = 120;
const PERIOD_MS = EVERY_S * 1000;
const EQUAL: VerifyResult = { isEqual: true, isComplete: true, level: "sample", collections: [] };

/** A task that is compared every two minutes, and notes how it was. */
class Scene extends ManagerHarness {
  readonly asked: VerifyOptions[] = [];
  readonly atMs: number[] = [];
  result: VerifyResult = EQUAL;
  readonly #begun = this.h.time.now;
  /** What one comparison does before it has its result. */
  meanwhile: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  constructor(schedule: object = {}) {
    super({ verifySchedule: { everySeconds: EVERY_S, ...schedule } });
    this.verify = async (_, __, options, emit, signal) => {
      this.asked.push(options);
      this.atMs.push(this.h.time.now - this.#begun);
      await this.meanwhile(signal);
      signal.throwIfAborted();
      emit({ kind: "result", result: { ...this.result, level: options.level } });
    };
  }

  async passes(ms: number): Promise<void> {
    const end = this.h.time.now + ms;
    while (this.h.time.now < end) {
      this.h.source.flush();
      await this.h.time.advance(Math.min(10_000, end - this.h.time.now));
    }
  }

  async byHand(id: TaskId, level: VerifyOptions["level"]): Promise<VerifyUpdate[]> {
    const options = { level, repair: false, dryRun: false };
    const updates: VerifyUpdate[] = [];
    for await (const one of this.manager.verify(id, options, new AbortController().signal)) updates.push(one);
    return updates;
  }

  async last(id: TaskId) {
    return (await this.manager.get(id)).task.lastVerification;
  }

  async events(id: TaskId): Promise<string[]> {
    return ((await this.manager.get(id)).history ?? []).map(({ text }) => text);
  }
}

describe("ScheduledVerification", () => {
  it("compares a running task as often as it asks for, and remembers what came out", async () => {
    using m = new Scene();
    const id = await m.create();
    await m.passes(PERIOD_MS - 10_000);
    assert.deepEqual([m.asked, await m.last(id)], [[], undefined]);
    await m.passes(20_000);
    assert.deepEqual(m.asked, [{ level: "sample", maxRowsPerSecond: 10_000, repair: false, dryRun: false }]);
    const last = await m.last(id);
    assert.deepEqual([last?.outcome, last?.level], ["equal", "sample"]);
    await m.passes(3 * PERIOD_MS);
    assert.equal(m.asked.length, 4);
    await m.stop();
  });

  it("tells the history of it only when it comes out otherwise than before", async () => {
    using m = new Scene({ level: "full", maxRowsPerSecond: 7 });
    const id = await m.create();
    await m.passes(3 * PERIOD_MS);
    m.result = { ...EQUAL, isEqual: false };
    await m.passes(2 * PERIOD_MS);
    assert.deepEqual(
      (await m.events(id)).filter((text) => text.startsWith("verified")),
      ["verified (full): equal, 0 collections", "verified (full): source and target differ, 0 collections"],
    );
    assert.ok(m.asked.every(({ level, maxRowsPerSecond }) => level === "full" && maxRowsPerSecond === 7));
    await m.stop();
  });

  it("goes on from the last result after a restart of the service", async () => {
    using m = new Scene();
    const id = await m.create();
    await m.passes(PERIOD_MS + 10_000);
    assert.equal(m.asked.length, 1);
    await m.h.time.whenDone("it stops", m.manager.stop());
    const again = m.newManager();
    await again.recover();
    await m.passes(PERIOD_MS / 2);
    assert.equal(m.asked.length, 1);
    assert.equal((await again.get(id)).task.lastVerification?.outcome, "equal");
    await m.passes(PERIOD_MS / 2 + 10_000);
    assert.equal(m.asked.length, 2);
    await m.h.time.whenDone("it stops", again.stop());
  });

  it("is due at once when rows were repaired, and says how that came out", async () => {
    using m = new Scene();
    const id = await m.create();
    m.result = { ...EQUAL, isEqual: false, isRepaired: true };
    await m.h.time.whenDone("it is repaired", m.byHand(id, "full"));
    assert.equal((await m.last(id))?.isRepaired, true);
    m.result = { ...EQUAL, isEqual: false };
    await m.passes(PERIOD_MS - 10_000);
    assert.deepEqual(
      m.asked.map(({ level }) => level),
      ["full", "sample"],
    );
    assert.equal((await m.last(id))?.isRepaired, undefined);
    assert.equal((await m.events(id)).filter((text) => text.includes("differ")).length, 2);
    await m.passes(PERIOD_MS);
    assert.equal(m.asked.length, 3);
    await m.stop();
  });

  for (const end of ["pause", "delete"] as const)
    it(`is cut off by ${end}`, async () => {
      using m = new Scene();
      let isCut = false;
      m.meanwhile = async (signal) => {
        await aborted(signal);
        isCut = true;
      };
      const id = await m.create();
      await m.passes(PERIOD_MS + 10_000);
      assert.deepEqual([m.asked.length, isCut], [1, false]);
      await m.h.time.whenDone("it ends", m.manager[end](id));
      assert.ok(isCut);
      await m.passes(2 * PERIOD_MS);
      assert.equal(m.asked.length, 1);
      await m.stop();
    });

  it("is cut off by the end of the service", async () => {
    using m = new Scene();
    m.meanwhile = aborted;
    await m.create();
    await m.passes(PERIOD_MS + 10_000);
    assert.equal(m.asked.length, 1);
    await m.stop();
  });

  it("makes room for one that is asked for, and then is not due before its time", async () => {
    using m = new Scene();
    m.meanwhile = (signal) => (m.asked.length === 1 ? aborted(signal) : Promise.resolve());
    const id = await m.create();
    await m.passes(PERIOD_MS + 10_000);
    const updates = await m.h.time.whenDone("it is compared", m.byHand(id, "full"));
    assert.deepEqual([updates.length, m.asked.map(({ level }) => level)], [1, ["sample", "full"]]);
    assert.equal((await m.last(id))?.level, "full");
    await m.passes(PERIOD_MS - 30_000);
    assert.equal(m.asked.length, 2);
    await m.passes(60_000);
    assert.equal(m.asked.length, 3);
    assert.ok((await m.events(id)).every((text) => !text.includes("failed")));
    await m.stop();
  });

  it("is not put off by one that is asked for and looks less closely", async () => {
    using m = new Scene({ level: "full" });
    const id = await m.create();
    await m.passes(PERIOD_MS / 2);
    await m.h.time.whenDone("it is compared", m.byHand(id, "counts"));
    assert.equal((await m.last(id))?.level, "counts");
    await m.passes(PERIOD_MS / 2 + 10_000);
    assert.deepEqual(
      m.asked.map(({ level }) => level),
      ["counts", "full"],
    );
    await m.stop();
  });

  it("tries again when a side does not answer, and says so once", async () => {
    using m = new Scene();
    m.meanwhile = () => Promise.reject(new CdcError("TARGET_UNAVAILABLE", "away"));
    const id = await m.create();
    await m.passes(4 * PERIOD_MS);
    assert.ok(m.asked.length >= 3);
    const failures = (await m.events(id)).filter((text) => text.includes("failed"));
    assert.deepEqual(failures, ["scheduled verification failed: TARGET_UNAVAILABLE: away"]);
    assert.equal(await m.last(id), undefined);
    m.meanwhile = () => Promise.resolve();
    await m.passes(PERIOD_MS + 10_000);
    assert.equal((await m.last(id))?.outcome, "equal");
    await m.stop();
  });

  for (const [what, change] of [
    ["a task that is far behind", { lagMs: 31_000 }],
    ["a collection that is still copied", { collections: [{ phase: "snapshot" }] }],
  ] as const)
    it(`waits for ${what}, and not for a collection that is blocked`, async () => {
      // GIVEN a task that is due
      using time = new VirtualTime();
      let seen = { lagMs: 100, ...change } as unknown as TaskObservation;
      let compared = 0;
      const schedule = { everySeconds: EVERY_S };
      const due = aTask({ createdAtMs: time.now - PERIOD_MS });
      const task = { ...due, spec: { ...due.spec, verifySchedule: schedule } };
      const scheduled = new ScheduledVerification("t", schedule, {
        find: () => Promise.resolve(task),
        observe: () => seen,
        verify: () => {
          compared++;
          return Promise.resolve();
        },
        slots: new Slots(1),
        history: { note: () => undefined },
        logger: SILENT,
      });
      const stop = new AbortController();
      const ended = scheduled.run(stop.signal).catch(() => "stopped");
      await time.advance(600_000);
      assert.equal(compared, 0);
      // WHEN it has come up, and one collection is blocked
      seen = { lagMs: 100, collections: [{ phase: "blocked" }] } as unknown as TaskObservation;
      await time.advance(10_000);
      assert.equal(compared, 1);
      stop.abort();
      assert.equal(await time.whenDone("it stops", ended), "stopped");
    });

  it("compares two tasks at a time, whatever number is due", async () => {
    using m = new Scene();
    const ends: (() => void)[] = [];
    m.meanwhile = () => new Promise((resolve) => ends.push(resolve));
    for (let i = 0; i < 4; i++)
      await m.h.store.createTask({ ...m.h.task, createdAtMs: m.h.time.now, id: `${i}`.repeat(32) }, [], []);
    await m.manager.recover();
    await m.passes(PERIOD_MS + 20_000);
    assert.equal(m.asked.length, 2);
    for (const end of ends.splice(0)) end();
    await m.passes(10_000);
    assert.equal(m.asked.length, 4);
    for (const end of ends) end();
    await m.stop();
  });
});
