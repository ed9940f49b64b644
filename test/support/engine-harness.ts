import { MemoryBudget } from "../../src/engine/memory-budget.js";
import { TargetClaims } from "../../src/engine/target-claims.js";
import { TaskHistory } from "../../src/engine/task-history.js";
import { TaskRunner } from "../../src/engine/task-runner.js";
import type { TaskObservation } from "../../src/engine/task-view.js";
import { MemoryMetastore } from "../../src/metastore/memory/memory-metastore.js";
import type { ChannelProgress } from "../../src/model/position.js";
import type { TaskRecord, TaskSpec } from "../../src/model/task.js";
import { createLogger } from "../../src/observability/logger.js";
import { FakeRowSource, selectFakeRows } from "./engine-fake-rows.js";
import { FakeSource } from "./engine-fake-source.js";
import { FakeTarget } from "./engine-fake-target.js";
import { Faults, type Gate } from "./engine-gate.js";
import { GatedMetastore } from "./engine-gated-metastore.js";
import { keysOfRows } from "./engine-rows.js";
import { VirtualTime } from "./engine-virtual-time.js";

export const SILENT = createLogger({ level: "silent" });
const EVERYTHING: TaskSpec = {
  connectParam: { host: "target", port: 19530 },
  collections: ["*"],
  databases: {},
  nameMappings: [],
  start: { kind: "latest" },
  loadForSnapshot: true,
  replicateRbac: false,
};

/** One run of the task. */
export interface Run {
  readonly runner: TaskRunner;
  /** Settles when the run has ended; never an unhandled rejection. */
  readonly ended: Promise<void>;
}

/** A task with its source, target and metastore, all in memory, in virtual time. */
export class EngineHarness implements Disposable {
  readonly time = new VirtualTime();
  readonly source: FakeSource;
  readonly target = new FakeTarget();
  readonly store = new MemoryMetastore();
  readonly faults = new Faults();
  readonly memoryBytes = 64 << 20;
  readonly memory = new MemoryBudget(this.memoryBytes);
  task: TaskRecord;
  /** Resources of runs that were opened and not closed. */
  openResources = 0;
  readonly #claims = new TargetClaims(this.store);
  readonly #runners: TaskRunner[] = [];

  constructor(channels: readonly string[] = ["c0", "c1"], spec: Partial<TaskSpec> = {}) {
    this.source = new FakeSource(channels);
    this.task = {
      id: "t".repeat(32),
      spec: { ...EVERYTHING, ...spec },
      state: "Running",
      createdAtMs: 0,
      startTs: 0n,
      revision: 1,
    };
  }

  /** Remembers the task, as if it was created now. */
  async createTask(): Promise<void> {
    const ends = this.source.log
      .ranges()
      .map(({ channel, end }) => ({ channel, checkpoint: end, tick: 0n, frontier: end }));
    this.task = { ...this.task, startTs: this.source.nextTs() };
    await this.store.createTask(this.task, ends, []);
  }

  newRunner(gate: Gate = this.faults.gate, task = this.task): TaskRunner {
    const close = (): number => this.openResources--;
    this.openResources += 3;
    const metastore = new GatedMetastore(this.store, gate);
    const runner = new TaskRunner(task, {
      metastore,
      history: new TaskHistory(metastore, SILENT),
      reader: this.source.log.reader(gate, close),
      catalogue: this.source.catalogue(gate, close),
      rows: new FakeRowSource(this.source, gate, close),
      applier: this.target.client(gate),
      decode: this.source.log.decode,
      keyReader: () => keysOfRows,
      selectRows: selectFakeRows,
      access: undefined,
      memory: this.memory,
      claims: this.#claims,
      logger: SILENT,
    });
    this.#runners.push(runner);
    return runner;
  }

  start(gate?: Gate): Run {
    const runner = this.newRunner(gate);
    const ended = runner.run();
    ended.catch(() => undefined);
    return { runner, ended };
  }

  async stop({ runner, ended }: Run, graceMs = 800): Promise<void> {
    runner.stop(graceMs);
    await this.time.whenDone("the run ends", ended);
  }

  /** What is remembered of a channel. */
  async progress(channel: string): Promise<ChannelProgress | undefined> {
    return (await this.store.listProgress(this.task.id)).find((progress) => progress.channel === channel);
  }

  /** Waits until all of the log is durable on the target, and remembered to be. */
  async caughtUp(): Promise<void> {
    await this.time.until("everything is durable", async () => {
      const progress = await this.store.listProgress(this.task.id);
      return this.source.log
        .ranges()
        .every(({ channel, end }) => progress.some((p) => p.channel === channel && p.checkpoint === end));
    });
  }

  until(what: string, holds: () => boolean | Promise<boolean>, maxMs?: number): Promise<void> {
    return this.time.until(what, holds, maxMs);
  }

  /** As `until`, while the source goes on to tick: pages of existing rows wait for that. */
  async flowing(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; !(await holds()); i++) {
      if (i > 600) throw new Error(`not within two minutes: ${what}`);
      this.source.flush();
      await this.time.advance(200);
    }
  }

  /** A test that failed half-way leaves nothing running. */
  [Symbol.dispose](): void {
    for (const runner of this.#runners) runner.stop(0);
    this.time[Symbol.dispose]();
  }
}

/** Rows of keys; each has its key as value unless `value` is given. */
export function rows(keys: readonly number[], value?: string): Map<bigint, string> {
  return new Map(keys.map((key) => [BigInt(key), value ?? `v${key}`]));
}

export function phaseOf(observation: TaskObservation, name: string): string | undefined {
  return observation.collections.find(({ collection }) => collection.source.name === name)?.phase;
}
