import { TaskManager } from "../../src/engine/task-manager.js";
import type { ReverseSides } from "../../src/engine/reverse-task.js";
import type { Verify } from "../../src/engine/task-verification.js";
import type { TaskId } from "../../src/model/ids.js";
import type { HeldRights } from "../../src/model/rights.js";
import type { TaskSpec, TaskState } from "../../src/model/task.js";
import { FakeRowSource } from "./engine-fake-rows.js";
import type { SourceCatalogue } from "../../src/source/source-catalogue.js";
import { EngineHarness, SILENT } from "./engine-harness.js";
import { GatedMetastore } from "./engine-gated-metastore.js";

/** A TaskManager over the fakes of an EngineHarness. */
export class ManagerHarness implements Disposable {
  readonly h: EngineHarness;
  readonly manager: TaskManager;
  /** What a preview sees of the target. */
  targetCatalogue: Pick<SourceCatalogue, "describe"> = { describe: () => Promise.resolve(undefined) };
  schemaDifferences: readonly string[] = [];
  readonly heldRights: Record<"source" | "target", HeldRights> = {
    source: { kind: "all" },
    target: { kind: "all" },
  };
  /** How both sides of a task are compared. */
  verify: Verify = () => Promise.resolve();
  /** Where a reverse task would read and write. */
  reverse: ReverseSides | undefined;
  /** Runners that were made so far. */
  runners = 0;
  /** Readers and catalogues that were opened to plan a task, and not closed. */
  openReaders = 0;

  constructor(spec: Partial<TaskSpec> = {}, channels: readonly string[] = ["c0"]) {
    this.h = new EngineHarness(channels, spec);
    this.manager = this.newManager();
  }

  /** As a new start of the service makes one. */
  newManager(): TaskManager {
    const { store, faults, source, target } = this.h;
    return new TaskManager({
      verify: (...call) => this.verify(...call),
      reverseSides: () => this.reverse,
      metastore: new GatedMetastore(store, faults.gate),
      logger: SILENT,
      openReader: () => {
        this.openReaders++;
        return source.log.reader(faults.gate, () => this.openReaders--);
      },
      openCatalogue: () => {
        this.openReaders++;
        return source.catalogue(faults.gate, () => this.openReaders--);
      },
      openApplier: () => target.client(faults.gate),
      openPreview: () => {
        this.openReaders++;
        return {
          source: {
            catalogue: source.catalogue(faults.gate),
            rows: new FakeRowSource(source, faults.gate),
          },
          target: { catalogue: this.targetCatalogue },
          compareSchemas: () => this.schemaDifferences,
          log: { reader: source.log.reader(faults.gate), requestChannel: "requests" },
          heldRights: (side) => Promise.resolve(this.heldRights[side]),
          [Symbol.asyncDispose]: () => {
            this.openReaders--;
            return Promise.resolve();
          },
        };
      },
      createRunner: (task) => {
        this.runners++;
        return this.h.newRunner(faults.gate, task);
      },
    });
  }

  create(taskId?: TaskId, disableAutoStart = false): Promise<TaskId> {
    return this.manager.create(this.h.task.spec, { taskId, disableAutoStart }, new AbortController().signal);
  }

  async state(id: TaskId): Promise<TaskState> {
    return (await this.manager.get(id)).task.state;
  }

  async stop(): Promise<void> {
    await this.h.time.whenDone("the manager stops", this.manager.stop());
  }

  /** A test that failed half-way leaves nothing running. */
  [Symbol.dispose](): void {
    void this.manager.stop();
    this.h[Symbol.dispose]();
  }
}
