import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

/** What is open, waits or listens. */
function inUse({ h, openReaders }: ManagerHarness): Record<string, number> {
  return {
    timers: h.time.pending,
    resources: h.openResources,
    clients: h.target.openClients,
    readers: openReaders,
    heldBytes: h.memory.held,
  };
}

describe("a thousand pauses and resumes", () => {
  it("leave no timer, connection, reader or byte behind, and lose no row", async function () {
    this.timeout(60_000);
    using m = new ManagerHarness({}, ["c0", "c1"]);
    const { h } = m;
    const c = h.source.create("c", ["c0", "c1"]);
    const id = await m.create();
    const usage: Record<string, number>[] = [];
    for (let i = 0; i < 1_000; i++) {
      h.source.insert(c, rows([i]));
      h.source.flush();
      // now before, now behind what the row needs
      await h.time.advance(i % 7);
      await h.time.whenDone("it is paused", m.manager.pause(id));
      // what the grace of a stop left runs out
      await h.time.advance(60_000);
      usage.push(inUse(m));
      await h.time.whenDone("it goes on", m.manager.resume(id));
    }
    await h.until("all rows are there", () => h.target.rows("c").length === 1_000);
    const [first] = usage;
    assert.deepEqual(first, { timers: 0, resources: 0, clients: 0, readers: 0, heldBytes: 0 });
    for (const later of usage) assert.deepEqual(later, first);
    await m.stop();
  });

  it("leave no listener on a signal that outlives them", async () => {
    using m = new ManagerHarness();
    const asking = new AbortController();
    for (let i = 0; i < 100; i++)
      await m.manager.create(m.h.task.spec, { disableAutoStart: true }, asking.signal);
    assert.equal(getEventListeners(asking.signal, "abort").length, 0);
    await m.stop();
  });
});
