import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import type { TaskSpec } from "../../../src/model/task.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

const never = new AbortController().signal;

function create(m: ManagerHarness, spec: Partial<TaskSpec> = {}, disableAutoStart = false): Promise<string> {
  return m.manager.create({ ...m.h.task.spec, ...spec }, { disableAutoStart }, never);
}

/** Refused with this code, naming the other task and what both would write. */
async function refused(action: Promise<unknown>, code: string, other: string, what: string): Promise<void> {
  await assert.rejects(action, (error) => {
    assert.ok(error instanceof CdcError);
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(`task ${other} already writes ${what} to this target`), error.message);
    return true;
  });
}

describe("two tasks to one target", () => {
  it("that would write the same collections are refused, at once or one after the other", async () => {
    using m = new ManagerHarness();
    m.h.source.create("c", ["c0"]);
    m.h.source.create("d", ["c0"]);
    const made = await Promise.allSettled([create(m), create(m, { collections: ["c"] })]);
    const [first] = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(made.filter(({ status }) => status === "rejected").length, 1);
    await refused(create(m, { collections: ["c*"] }), "INVALID_ARGUMENT", first ?? "", "default.c");
    assert.equal((await m.manager.list()).length, 1);
    await m.stop();
  });

  it("that select the same are refused although the source has nothing yet", async () => {
    using m = new ManagerHarness();
    const first = await create(m);
    await refused(create(m), "INVALID_ARGUMENT", first, "the same");
    await m.stop();
  });

  it("are refused also when they want different partitions of a collection", async () => {
    using m = new ManagerHarness();
    const first = await create(m, { collections: [{ name: "a*", partitions: ["p"] }] });
    const other = { collections: [{ name: "a*", partitions: ["q"] }] };
    await refused(create(m, other), "INVALID_ARGUMENT", first, "the same");
    m.h.source.create("ab", ["c0"]);
    const named = { collections: [{ name: "ab", partitions: ["q"] }] };
    await refused(create(m, named), "INVALID_ARGUMENT", first, "default.ab");
    await m.stop();
  });

  it("that name the same are refused before the source has it, under the names of the target", async () => {
    using m = new ManagerHarness();
    const toB = { sourceDatabase: "default", targetDatabase: "default", collections: { a: "b" } };
    const first = await create(m, { collections: ["a", "x"], nameMappings: [toB] });
    await refused(create(m, { collections: ["b", "c"] }), "INVALID_ARGUMENT", first, "default.b");
    await create(m, { collections: ["a"] });
    await create(m, { collections: ["x", "d"], excluded: { default: ["x"] } });
    await m.stop();
  });

  it("of different sources are taken, unless they name the same", async () => {
    using m = new ManagerHarness();
    m.h.source.create("c", ["c0"]);
    const id = "a".repeat(32);
    const elsewhere: TaskSpec = { ...m.h.task.spec, source: "other" };
    await m.h.store.createTask({ ...m.h.task, id, spec: elsewhere, state: "Running" }, [], []);
    await create(m);
    const named = await create(m, { source: "third", collections: ["d"] });
    await refused(
      create(m, { source: "fourth", collections: ["d"] }),
      "INVALID_ARGUMENT",
      named,
      "default.d",
    );
    await m.stop();
  });

  it("are taken when they share nothing by selection, by exclusion, by mapping, or by target", async () => {
    using m = new ManagerHarness();
    m.h.source.create("c", ["c0"]);
    m.h.source.create("d", ["c0"]);
    const renamed = { sourceDatabase: "default", targetDatabase: "copy", collections: {} };
    await create(m, { collections: ["c"] });
    await create(m, { excluded: { default: ["c"] } });
    await create(m, { nameMappings: [renamed] });
    await create(m, { connectParam: { host: "other", port: 19530 } });
    assert.equal((await m.manager.list()).length, 4);
    await m.stop();
  });

  it("may be there while but one of them runs", async () => {
    using m = new ManagerHarness();
    m.h.source.create("c", ["c0"]);
    const first = await create(m);
    const idle = await create(m, {}, true);
    await m.h.time.whenDone("the first pauses", m.manager.pause(first));
    await m.manager.resume(idle);
    await refused(m.manager.resume(first), "TASK_STATE_CONFLICT", idle, "the same");
    await m.h.time.whenDone("the other is deleted", m.manager.delete(idle));
    await m.manager.resume(first);
    assert.equal(await m.state(first), "Running");
    await m.stop();
  });

  it("are compared by the host that is meant", async () => {
    using m = new ManagerHarness();
    const first = await create(m, { connectParam: { uri: "http://LOCALHOST:19530" } });
    await refused(
      create(m, { connectParam: { host: "127.0.0.1", port: 19530 } }),
      "INVALID_ARGUMENT",
      first,
      "the same",
    );
    await m.stop();
  });

  describe("whose patterns meet in a collection that comes into being later", () => {
    const reasons = async (m: ManagerHarness): Promise<Record<string, string | undefined>> => {
      const views = await m.manager.list();
      return Object.fromEntries(
        views.map(({ task, observation }) => {
          const seen = observation?.collections.find(({ collection }) => collection.source.name === "ab");
          return [task.id, seen?.phase === "blocked" ? seen.reason : seen?.phase];
        }),
      );
    };

    async function meeting(m: ManagerHarness): Promise<[string, string]> {
      const older = await create(m, { collections: ["a*"] });
      await m.h.time.advance(5);
      const later = await create(m, { collections: ["*b"] });
      const c = m.h.source.create("ab", ["c0"]);
      m.h.source.insert(c, rows([1, 2]));
      m.h.source.flush();
      await m.h.until("one is blocked", async () =>
        Object.values(await reasons(m)).some((one) => one?.includes("TARGET_SHARED")),
      );
      return [older, later];
    }

    it("leave it to the older one; the later one's is blocked, with the reason and what to do", async () => {
      using m = new ManagerHarness();
      const [older, later] = await meeting(m);
      await m.h.until("the rows are there", () => m.h.target.rows("ab").length === 2);
      const found = await reasons(m);
      assert.equal(found[older], "streaming");
      const wanted = `TARGET_SHARED: task ${older} writes default.ab of this target. `;
      assert.ok(
        found[later]?.startsWith(wanted) && found[later].includes("exclude_collections"),
        found[later],
      );
      m.h.source.insert(m.h.source.create("xb", ["c0"]), rows([1]));
      m.h.source.flush();
      await m.h.until("its other collections flow", () => m.h.target.rows("xb").length === 1);
      assert.deepEqual(m.h.target.rows("ab"), ["_default/1=v1", "_default/2=v2"]);
      await m.stop();
    });

    it("keep to that after a start of the service, and when the older one is gone the later one writes it", async () => {
      using m = new ManagerHarness();
      const [older, later] = await meeting(m);
      await m.h.until("the rows are there", () => m.h.target.rows("ab").length === 2);
      await m.stop();
      const again = m.newManager();
      await again.recover();
      await m.h.until("it is blocked again", async () => {
        const { observation } = await again.get(later);
        return observation?.collections.some(({ phase }) => phase === "blocked") === true;
      });
      await m.h.time.whenDone("the older one is deleted", again.delete(older));
      await m.h.time.whenDone("the later one is paused", again.pause(later));
      await again.resume(later);
      await m.h.until("it streams", async () => {
        const { observation } = await again.get(later);
        return observation?.collections.every(({ phase }) => phase === "streaming") === true;
      });
      await m.h.time.advance(5_000);
      assert.deepEqual(m.h.target.rows("ab"), ["_default/1=v1", "_default/2=v2"]);
      await m.h.time.whenDone("it stops", again.stop());
    });

    it("of two sources leave it to the one that was there first", async () => {
      using m = new ManagerHarness();
      const later = await create(m, { collections: ["*b"] });
      const c = m.h.source.create("ab", ["c0"]);
      m.h.source.insert(c, rows([1]));
      m.h.source.flush();
      await m.h.until("the row is there", () => m.h.target.rows("ab").length === 1);
      const elsewhere: TaskSpec = { ...m.h.task.spec, source: "other", collections: ["a*"] };
      const id = "a".repeat(32);
      await m.h.store.createTask({ ...m.h.task, id, spec: elsewhere, state: "Paused" }, [], []);
      await m.manager.resume(id);
      await m.h.until(
        "it is blocked",
        async () => (await reasons(m))[id]?.includes(`task ${later} writes default.ab`) === true,
      );
      await m.stop();
    });
  });
});
