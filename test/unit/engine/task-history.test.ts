import assert from "node:assert/strict";
import { TaskHistory } from "../../../src/engine/task-history.js";
import { MemoryMetastore } from "../../../src/metastore/memory/memory-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import { createLogger } from "../../../src/observability/logger.js";
import { Faults } from "../../support/engine-gate.js";
import { GatedMetastore } from "../../support/engine-gated-metastore.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";
import { aTask } from "../../support/metastore-values.js";

const ID = aTask().id;

describe("TaskHistory", () => {
  let time: VirtualTime;
  let store: MemoryMetastore;
  let faults: Faults;
  let lines: string[];
  let history: TaskHistory;
  beforeEach(async () => {
    time = new VirtualTime();
    store = new MemoryMetastore();
    faults = new Faults();
    lines = [];
    const logger = createLogger({ level: "warn", destination: { write: (line) => lines.push(line) } });
    history = new TaskHistory(new GatedMetastore(store, faults.gate), logger);
    await store.createTask(aTask(), [], []);
  });
  afterEach(() => time[Symbol.dispose]());

  it("remembers what happened, when, and to which collection, in order", async () => {
    const atMs = time.now;
    history.note(ID, "created");
    await time.advance(1_000);
    const collection = { database: "d", name: "c" };
    history.note(ID, "blocked", collection);
    await time.settle();
    assert.deepEqual(await store.listEvents(ID), [
      { atMs, text: "created", collection: undefined },
      { atMs: atMs + 1_000, text: "blocked", collection },
    ]);
    assert.deepEqual(lines, []);
  });

  it("stops nobody when it cannot be written: it is logged then, and the next one is remembered", async () => {
    faults.reject("addEvent", new CdcError("METASTORE_UNAVAILABLE", "disk full"));
    history.note(ID, "lost");
    history.note(ID, "kept");
    await time.settle();
    assert.deepEqual(
      (await store.listEvents(ID)).map(({ text }) => text),
      ["kept"],
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /"text":"lost".*disk full.*not remembered/);
  });
});
