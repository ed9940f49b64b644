import assert from "node:assert/strict";
import type { ErrorCode } from "../../../src/model/errors.js";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskState } from "../../../src/model/task.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

const UNAVAILABLE = new CdcError("TARGET_UNAVAILABLE", "down");

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof CdcError && error.code === code;
}

describe("TaskManager", () => {
  it("creates a task that starts at the end of the log, and runs", async () => {
    using m = new ManagerHarness();
    const c = m.h.source.create("c", ["c0"]);
    m.h.source.insert(c, rows([1], "before"));
    m.h.source.flush();
    const id = await m.create();
    m.h.source.insert(c, rows([2], "after"));
    m.h.source.flush();
    await m.h.until("the row is there", () => m.h.target.rows("c").length > 0);
    assert.deepEqual(m.h.target.rows("c"), ["_default/2=after"]);
    assert.equal(await m.state(id), "Running");
    assert.match(id, /^[0-9a-f]{32}$/);
    await m.stop();
  });

  it("leaves no task, and nothing open, when the target cannot be reached", async () => {
    using m = new ManagerHarness();
    m.h.faults.reject("ping", UNAVAILABLE);
    await assert.rejects(
      m.create(),
      (e) => hasCode("TARGET_UNREACHABLE")(e) && /target:19530.*down/.test(String(e)),
    );
    assert.deepEqual(await m.manager.list(), []);
    assert.equal(m.h.target.openClients, 0);
    assert.equal(m.openReaders, 0);
  });

  it("leaves no task, and nothing open, when the log cannot be read", async () => {
    using m = new ManagerHarness();
    m.h.faults.reject("ranges", new CdcError("LOG_UNAVAILABLE", "no brokers"));
    await assert.rejects(m.create(), hasCode("LOG_UNAVAILABLE"));
    assert.deepEqual(await m.manager.list(), []);
    assert.equal(m.h.target.openClients, 0);
    assert.equal(m.openReaders, 0);
  });

  it("creates once when it is asked twice with one id, also at the same time", async () => {
    using m = new ManagerHarness();
    const ids = await Promise.all([m.create("a".repeat(32)), m.create("a".repeat(32))]);
    assert.deepEqual(ids, ["a".repeat(32), "a".repeat(32)]);
    assert.equal((await m.manager.list()).length, 1);
    assert.equal(m.runners, 1);
    await m.stop();
  });

  it("leaves a task Initial that is not to start, until it is resumed", async () => {
    using m = new ManagerHarness();
    const id = await m.create(undefined, true);
    assert.equal(await m.state(id), "Initial");
    assert.equal((await m.manager.get(id)).observation, undefined);
    await m.manager.resume(id);
    assert.equal(await m.state(id), "Running");
    assert.equal(m.runners, 1);
    await m.stop();
  });

  it("pauses within the grace although the target hangs, and goes on where it was", async () => {
    // GIVEN a write that hangs
    using m = new ManagerHarness();
    const id = await m.create();
    const held = m.h.faults.hold("insert");
    m.h.source.insert(m.h.source.create("c", ["c0"]), rows([1]));
    m.h.source.flush();
    await m.h.time.whenDone("the target hangs", held.arrived);
    // WHEN the task is paused
    const before = m.h.time.now;
    await m.h.time.whenDone("it is paused", m.manager.pause(id));
    // THEN it is so soon, and nothing is lost
    assert.ok(m.h.time.now - before <= 1_000);
    assert.equal(await m.state(id), "Paused");
    assert.equal((await m.manager.get(id)).task.reason, "paused by request");
    assert.equal(m.h.target.openClients, 0);
    await m.manager.resume(id);
    await m.h.until("the row is there", () => m.h.target.rows("c").length === 1);
    await m.stop();
  });

  it("fails a task with its reason when its position has expired, and resume tries again", async () => {
    using m = new ManagerHarness();
    m.h.faults.reject("read", new CdcError("POSITION_EXPIRED", "offset 7 of c0 is gone"));
    const id = await m.create();
    await m.h.until("it failed", async () => (await m.state(id)) === "Failed");
    const { task, observation } = await m.manager.get(id);
    assert.match(task.reason ?? "", /^POSITION_EXPIRED: offset 7 of c0 is gone\. .*retention/);
    assert.equal(observation, undefined);
    m.h.source.insert(m.h.source.create("c", ["c0"]), rows([1]));
    m.h.source.flush();
    await m.manager.resume(id);
    await m.h.until("the row is there", () => m.h.target.rows("c").length === 1);
    assert.equal((await m.manager.get(id)).task.reason, undefined);
    await m.stop();
  });

  it("starts a task again that broke by an error of the service's own, and says so", async () => {
    using m = new ManagerHarness();
    m.h.faults.reject("read", new Error("a bug"));
    const id = await m.create();
    await m.h.until(
      "it is told",
      async () => (await m.manager.get(id)).observation?.retry?.error.code === "INTERNAL",
    );
    m.h.source.insert(m.h.source.create("c", ["c0"]), rows([1]));
    m.h.source.flush();
    await m.h.until("the row is there", () => m.h.target.rows("c").length === 1);
    assert.equal(m.runners, 2);
    assert.equal(await m.state(id), "Running");
    await m.stop();
  });

  it("removes a task with its positions", async () => {
    using m = new ManagerHarness();
    const id = await m.create();
    assert.ok((await m.manager.positions(id)).length > 0);
    await m.h.time.whenDone("it is deleted", m.manager.delete(id));
    await assert.rejects(m.manager.get(id), hasCode("TASK_NOT_FOUND"));
    assert.deepEqual(await m.h.store.listProgress(id), []);
    assert.equal(m.h.target.openClients, 0);
  });

  it("recovers the tasks that ran, and no others", async () => {
    // GIVEN tasks of every state
    using m = new ManagerHarness();
    const states: readonly TaskState[] = ["Initial", "Running", "Paused", "Failed"];
    for (const [i, state] of states.entries()) {
      await m.h.store.createTask({ ...m.h.task, id: `${i}`.repeat(32), state }, [], []);
    }
    // WHEN the service starts
    await m.manager.recover();
    // THEN one runs
    assert.equal(m.runners, 1);
    const running = (await m.manager.list()).filter(({ observation }) => observation !== undefined);
    assert.deepEqual(
      running.map(({ task }) => task.state),
      ["Running"],
    );
    await m.stop();
    assert.deepEqual(
      (await m.h.store.listTasks()).map(({ state }) => state),
      states,
    );
  });

  it("refuses what a state does not take, and what it does not know", async () => {
    using m = new ManagerHarness();
    const id = await m.create();
    await assert.rejects(m.manager.resume(id), hasCode("TASK_STATE_CONFLICT"));
    for (const action of [
      m.manager.pause("b"),
      m.manager.resume("b"),
      m.manager.delete("b"),
      m.manager.positions("b"),
    ]) {
      await assert.rejects(action, hasCode("TASK_NOT_FOUND"));
    }
    await m.stop();
  });

  it("refuses everything once it stops, and leaves nothing running that was being created", async () => {
    using m = new ManagerHarness();
    const held = m.h.faults.hold("ping");
    const creating = m.create();
    creating.catch(() => undefined);
    await held.arrived;
    await m.manager.stop();
    held.release();
    await m.h.time.whenDone(
      "the creation ends",
      creating.catch(() => undefined),
    );
    await m.h.time.advance(1_000);
    assert.equal(m.runners, 0);
    await assert.rejects(m.manager.pause("b"), hasCode("UNAVAILABLE"));
  });

  it("does not take a failure for that of the task's next run", async () => {
    // GIVEN a task that fails while it is being paused and resumed
    using m = new ManagerHarness();
    const failing = m.h.faults.hold("read");
    const id = await m.create();
    await m.h.time.whenDone("it runs", failing.arrived);
    m.h.faults.reject("insert", new CdcError("TARGET_UNAUTHENTICATED", "wrong password"));
    m.h.faults.reject("upsert", new CdcError("TARGET_UNAUTHENTICATED", "wrong password"), 4);
    const update = m.h.faults.hold("updateTask");
    const pausing = m.manager.pause(id);
    const resuming = m.manager.resume(id);
    await m.h.time.whenDone("it is being paused", update.arrived);
    m.h.source.insert(m.h.source.create("c", ["c0"]), rows([1]));
    m.h.source.flush();
    failing.release();
    await m.h.until("it fails", () => m.h.faults.seen.filter((one) => one === "upsert c").length === 4);
    await m.h.time.settle();
    // WHEN both are through
    update.release();
    await m.h.time.whenDone("it is paused and resumed", Promise.all([pausing, resuming]));
    // THEN it runs, and is known to run
    await m.h.until("the row is there", () => m.h.target.rows("c").length === 1);
    assert.equal(await m.state(id), "Running");
    assert.notEqual((await m.manager.get(id)).observation, undefined);
    await m.stop();
    assert.equal(m.h.target.openClients, 0);
  });
});
