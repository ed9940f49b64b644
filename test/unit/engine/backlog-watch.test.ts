import assert from "node:assert/strict";
import { BacklogWatch } from "../../../src/engine/backlog-watch.js";
import { ProgressKeeper } from "../../../src/engine/progress-keeper.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import { MemoryMetastore } from "../../../src/metastore/memory/memory-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import { FakeLog } from "../../support/engine-fake-log.js";
import { Faults } from "../../support/engine-gate.js";
import { aProgress, aTask } from "../../support/metastore-values.js";

const ID = aTask().id;

describe("BacklogWatch", () => {
  const { signal } = new AbortController();
  let log: FakeLog;
  let faults: Faults;
  let store: MemoryMetastore;
  let progress: ProgressKeeper;
  let watch: BacklogWatch;
  beforeEach(() => {
    log = new FakeLog();
    faults = new Faults();
    store = new MemoryMetastore();
    progress = new ProgressKeeper(ID, store, new RetryBoard(() => undefined));
    watch = new BacklogWatch({ reader: log.reader(faults.gate), progress });
  });

  const append = (channel: string, records: number): void => {
    for (let i = 0; i < records; i++) log.append(channel, { kind: "tick", ts: 1n });
  };

  it("counts the records after the checkpoint, of all channels of the task", async () => {
    append("c0", 10);
    append("c1", 5);
    append("another", 100);
    await store.createTask(
      aTask(),
      [aProgress("c0", 7n, { tick: 0n }), aProgress("c1", 5n, { tick: 0n })],
      [],
    );
    await progress.load();
    assert.equal(watch.records, undefined);
    await watch.look(signal);
    assert.equal(watch.records, 3n);
    append("c1", 2);
    await watch.look(signal);
    assert.equal(watch.records, 5n);
  });

  it("knows nothing while the task's channels are not known", async () => {
    append("c0", 10);
    await watch.look(signal);
    assert.equal(watch.records, undefined);
  });

  it("is never below zero: what became durable while it asked may be beyond the answer", async () => {
    append("c0", 10);
    append("c1", 10);
    await store.createTask(
      aTask(),
      [aProgress("c0", 12n, { tick: 0n }), aProgress("c1", 9n, { tick: 0n })],
      [],
    );
    await progress.load();
    await watch.look(signal);
    assert.equal(watch.records, 1n);
  });

  it("keeps what it knew, and tells its caller, when the log does not answer", async () => {
    append("c0", 10);
    await store.createTask(aTask(), [aProgress("c0", 7n, { tick: 0n })], []);
    await progress.load();
    await watch.look(signal);
    faults.reject("ranges", new CdcError("LOG_UNAVAILABLE", "no brokers"));
    await assert.rejects(watch.look(signal), /no brokers/);
    assert.equal(watch.records, 3n);
  });
});
