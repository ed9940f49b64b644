import assert from "node:assert/strict";
import { CollectionRecord } from "../../../src/engine/collection-record.js";
import type { CollectionId } from "../../../src/model/ids.js";
import type { ReplicatedCollection } from "../../../src/model/replicated-collection.js";
import { Faults } from "../../support/engine-gate.js";
import { aCollection } from "../../support/metastore-values.js";

/** A metastore of one collection, whose changes can be held and refused. */
class Store {
  readonly faults = new Faults();
  stored: ReplicatedCollection | undefined = aCollection();
  readonly record = new CollectionRecord(aCollection(), {
    remember: (collection) => this.faults.gate("remember", () => void (this.stored = collection)),
    forget: (id: CollectionId) =>
      this.faults.gate("forget", () => {
        if (this.stored?.id === id) this.stored = undefined;
      }),
  });
}

describe("CollectionRecord", () => {
  it("shows a change only once it is durable", async () => {
    const { faults, record } = new Store();
    const held = faults.hold("remember");
    const change = record.change({ barrierTs: 9n });
    await held.arrived;
    assert.equal(record.current.barrierTs, 7n);
    held.release();
    await change;
    assert.equal(record.current.barrierTs, 9n);
  });

  it("keeps both of two changes that are made at the same time", async () => {
    const store = new Store();
    const { record } = store;
    const held = store.faults.hold("remember");
    const changes = [
      record.change(({ partitions }) => ({ partitions: new Map([...partitions, ["a", 1n]]) })),
      record.change(({ partitions }) => ({ partitions: new Map([...partitions, ["b", 2n]]) })),
      record.change({ isMerged: true }),
    ];
    await held.arrived;
    held.release();
    await Promise.all(changes);
    assert.deepEqual([...record.current.partitions.keys()], ["p", "a", "b"]);
    assert.equal(record.current.isMerged, true);
    assert.deepEqual(store.stored, record.current);
  });

  it("stays as it was when a change cannot be remembered, and takes the next one", async () => {
    const store = new Store();
    store.faults.reject("remember", new Error("disk full"));
    await assert.rejects(store.record.change({ barrierTs: 9n }), /disk full/);
    assert.equal(store.record.current.barrierTs, 7n);
    await store.record.change({ isMerged: true });
    assert.deepEqual(store.stored, { ...aCollection(), isMerged: true });
  });

  it("does not bring a forgotten collection back, also by a change that waited for that", async () => {
    const store = new Store();
    const held = store.faults.hold("forget");
    const forgetting = store.record.forget();
    await held.arrived;
    const change = store.record.change({ barrierTs: 9n });
    held.release();
    await Promise.all([forgetting, change]);
    await store.record.change({ barrierTs: 10n });
    assert.equal(store.stored, undefined);
  });

  it("takes changes again when the collection could not be forgotten", async () => {
    const store = new Store();
    store.faults.reject("forget", new Error("disk full"));
    await assert.rejects(store.record.forget(), /disk full/);
    await store.record.change({ barrierTs: 9n });
    assert.equal(store.stored?.barrierTs, 9n);
  });
});
