import assert from "node:assert/strict";
import type { Metastore } from "../../src/metastore/metastore.js";
import { MAX_EVENTS } from "../../src/model/task-event.js";
import { aBlockedRecord, aTask, aVerification } from "../support/metastore-values.js";

const { id } = aTask();
const collection = { database: "default", name: "öne" };

/** What a metastore does with blocked records and with events. */
export function historyContract(store: () => Metastore): void {
  beforeEach(() => store().createTask(aTask(), [], []));

  it("lists records as they were saved last, in the order in which they were met", async () => {
    const [first, second] = [
      aBlockedRecord({ blockedAtMs: 1, channel: "z" }),
      aBlockedRecord({ blockedAtMs: 2 }),
    ];
    await store().saveBlockedRecord(id, second);
    await store().saveBlockedRecord(id, { ...first, cause: "another" });
    await store().saveBlockedRecord(id, first);
    assert.deepEqual(await store().listBlockedRecords(id), [first, second]);
  });

  it("skips the records that it is told, all of which have to block, and tells of it, once", async () => {
    const [first, second] = [
      aBlockedRecord({ offset: 8n, value: undefined }),
      aBlockedRecord({ offset: 70n }),
    ];
    const third = aBlockedRecord({ offset: 80n });
    const events = [first, second].map(() => ({ atMs: 5, text: "skipped", collection }));
    const skip = { records: [first, second], atMs: 5, events };
    assert.equal(await store().skipBlockedRecords(id, skip), false);
    for (const record of [first, third]) await store().saveBlockedRecord(id, record);
    assert.equal(await store().skipBlockedRecords(id, skip), false);
    assert.equal(await store().skipBlockedRecords(id, { ...skip, records: [] }), false);
    assert.deepEqual(await store().listBlockedRecords(id), [first, third]);
    assert.deepEqual(await store().listEvents(id), []);
    await store().saveBlockedRecord(id, second);
    assert.equal(await store().skipBlockedRecords(id, skip), true);
    assert.equal(await store().skipBlockedRecords(id, { ...skip, atMs: 6 }), false);
    const skipped = [first, second].map((record) => ({ ...record, skippedAtMs: 5 }));
    assert.deepEqual(await store().listBlockedRecords(id), [...skipped, third]);
    assert.deepEqual(await store().listEvents(id), events);
  });

  it("forgets records that block, and none that was skipped", async () => {
    const [skipped, blocking] = [aBlockedRecord({ skippedAtMs: 3 }), aBlockedRecord({ offset: 8n })];
    for (const record of [skipped, blocking]) await store().saveBlockedRecord(id, record);
    await store().forgetBlockedRecords(id);
    await store().forgetBlockedRecords(id);
    assert.deepEqual(await store().listBlockedRecords(id), [skipped]);
  });

  it("lists the last events, oldest first", async () => {
    const events = Array.from({ length: MAX_EVENTS + 3 }, (_, atMs) => ({ atMs, text: `cut \0 ${atMs}` }));
    for (const event of events) await store().addEvent(id, event);
    assert.deepEqual(await store().listEvents(id), events.slice(3));
  });

  it("keeps the last verification of a task through its changes, and no other task's", async () => {
    await store().createTask(aTask({ id: "other" }), [], []);
    await store().saveVerification(id, aVerification({ outcome: "equal" }));
    const repaired = aVerification({ isRepaired: true });
    await store().saveVerification(id, repaired);
    await store().updateTask(aTask({ revision: 2, lastVerification: aVerification({ atMs: 1 }) }));
    await store().restartTask(aTask({ revision: 3 }), [], []);
    const kept = aTask({ revision: 3, lastVerification: repaired });
    assert.deepEqual(await store().getTask(id), kept);
    assert.deepEqual(await store().listTasks(), [kept, aTask({ id: "other" })]);
  });

  it("gives back a verification that meets no schedule as it is", async () => {
    const { atMs, level, outcome, counts } = aVerification();
    const plain = { atMs, level, outcome, counts };
    await store().saveVerification(id, plain);
    assert.deepEqual((await store().getTask(id))?.lastVerification, plain);
  });

  it("stores nothing of a task that is gone", async () => {
    await store().deleteTask(id);
    await store().saveBlockedRecord(id, aBlockedRecord());
    await store().addEvent(id, { atMs: 1, text: "late" });
    await store().saveVerification(id, aVerification());
    assert.equal(
      await store().skipBlockedRecords(id, { records: [aBlockedRecord()], atMs: 1, events: [] }),
      false,
    );
    await store().createTask(aTask(), [], []);
    assert.deepEqual([await store().listBlockedRecords(id), await store().listEvents(id)], [[], []]);
    assert.deepEqual(await store().getTask(id), aTask());
  });

  it("keeps nothing of a deleted task for a new one with its id", async () => {
    await store().saveBlockedRecord(id, aBlockedRecord());
    await store().addEvent(id, { atMs: 1, text: "early" });
    await store().saveVerification(id, aVerification());
    await store().deleteTask(id);
    await store().createTask(aTask(), [], []);
    assert.deepEqual([await store().listBlockedRecords(id), await store().listEvents(id)], [[], []]);
    assert.deepEqual(await store().getTask(id), aTask());
  });
}
