import assert from "node:assert/strict";
import { ProgressKeeper } from "../../../src/engine/progress-keeper.js";
import { RetentionWatch } from "../../../src/engine/retention-watch.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import { MemoryMetastore } from "../../../src/metastore/memory/memory-metastore.js";
import { CdcError } from "../../../src/model/errors.js";
import { hybridTs } from "../../../src/model/ids.js";
import { createLogger } from "../../../src/observability/logger.js";
import { FakeLog } from "../../support/engine-fake-log.js";
import { Faults } from "../../support/engine-gate.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";
import { aProgress, aTask } from "../../support/metastore-values.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LOOK_MS = 30_000;
const ID = aTask().id;

/** A watch over channels with one record each, that is at the end of all. */
class Scene implements Disposable {
  readonly time = new VirtualTime();
  readonly log = new FakeLog();
  readonly faults = new Faults();
  readonly lines: string[] = [];
  readonly store = new MemoryMetastore();
  readonly progress = new ProgressKeeper(ID, this.store, new RetryBoard(() => undefined));
  readonly watch = new RetentionWatch({
    reader: this.log.reader(this.faults.gate),
    progress: this.progress,
    logger: createLogger({ level: "warn", destination: { write: (line) => this.lines.push(line) } }),
  });
  readonly #stop = new AbortController();

  async start(...channels: readonly string[]): Promise<void> {
    const progress = channels.map((channel) => {
      this.log.append(channel, { kind: "tick", ts: 1n });
      return aProgress(channel, 1n, { tick: 0n });
    });
    await this.store.createTask(aTask(), progress, []);
    await this.progress.load();
    this.watch.run(this.#stop.signal).catch(() => undefined);
    await this.time.settle();
  }

  /** The channel has more than the task has taken, all of it later than so long ago. */
  async isBehind(channel: string, ageMs: number): Promise<void> {
    this.log.append(channel, { kind: "tick", ts: 2n });
    await this.store.saveProgress(ID, [aProgress(channel, 1n, { tick: hybridTs(this.time.now - ageMs) })]);
    await this.progress.load();
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("stop"));
    this.time[Symbol.dispose]();
  }
}

describe("RetentionWatch", () => {
  it("knows nothing of a log that holds its records for ever, nor of a task at its end", async () => {
    using s = new Scene();
    s.log.retentionMs.set("c0", HOUR);
    await s.start("c0", "c1");
    assert.equal(s.watch.marginMs, undefined);
    await s.isBehind("c1", 3 * HOUR);
    await s.time.advance(LOOK_MS);
    assert.equal(s.watch.marginMs, undefined);
    assert.deepEqual(s.watch.warnings, []);
  });

  it("tells what is left in the channel that is nearest to its loss", async () => {
    using s = new Scene();
    for (const channel of ["c0", "c1"]) s.log.retentionMs.set(channel, HOUR);
    await s.start("c0", "c1");
    await s.isBehind("c0", 10 * MINUTE);
    await s.isBehind("c1", 20 * MINUTE);
    await s.time.advance(1_000);
    assert.equal(s.watch.marginMs, 40 * MINUTE - 1_000, "what is not known is looked at again soon");
    await s.time.advance(LOOK_MS);
    assert.equal(s.watch.marginMs, 40 * MINUTE - 1_000 - LOOK_MS);
    assert.deepEqual(s.watch.warnings, []);
    assert.deepEqual(s.lines, []);
  });

  it("warns with less than a quarter left, once, and again after it was well in between", async () => {
    using s = new Scene();
    s.log.retentionMs.set("c0", HOUR);
    await s.start("c0");
    await s.isBehind("c0", 44 * MINUTE);
    await s.time.advance(LOOK_MS);
    assert.deepEqual(s.watch.warnings, []);
    await s.time.advance(LOOK_MS);
    await s.time.advance(LOOK_MS);
    assert.match(String(s.watch.warnings), /^Kafka may delete what the task still needs in 14 min; raise/);
    await s.time.advance(5 * LOOK_MS);
    assert.equal(s.lines.length, 1);
    assert.match(s.lines[0] ?? "", /Kafka may delete what the task still needs/);
    // WHEN the task has caught up
    await s.store.saveProgress(ID, [aProgress("c0", 2n, { tick: 0n })]);
    await s.progress.load();
    await s.time.advance(LOOK_MS);
    assert.deepEqual(s.watch.warnings, []);
    // and falls behind again
    await s.isBehind("c0", 0);
    await s.time.advance(2 * HOUR);
    assert.match(String(s.watch.warnings), /needs in 0 min/);
    assert.equal(s.lines.length, 2);
  });

  it("keeps what it knew while the log does not answer, and says nothing of that", async () => {
    using s = new Scene();
    s.log.retentionMs.set("c0", HOUR);
    await s.start("c0");
    await s.isBehind("c0", 50 * MINUTE);
    await s.time.advance(LOOK_MS);
    const { marginMs } = s.watch;
    for (const operation of ["retention", "ranges"])
      s.faults.reject(operation, new CdcError("LOG_UNAVAILABLE", "no brokers"));
    await s.time.advance(LOOK_MS);
    await s.time.advance(LOOK_MS);
    assert.equal(s.watch.marginMs, marginMs);
    assert.equal(s.lines.length, 1);
    await s.time.advance(LOOK_MS);
    assert.ok(s.watch.marginMs! < marginMs!);
  });
});
