import type { CreateOptions, ResumeOptions, TaskService } from "../../src/engine/task-service.js";
import type { SwitchoverOptions, SwitchoverUpdate } from "../../src/engine/switchover.js";
import type { TaskPreview } from "../../src/engine/task-preview.js";
import type { TaskSample } from "../../src/engine/task-samples.js";
import type { TaskObservation, TaskView } from "../../src/engine/task-view.js";
import type { BlockedRecord } from "../../src/model/blocked-record.js";
import { CdcError } from "../../src/model/errors.js";
import type { ChannelProgress } from "../../src/model/position.js";
import type { VerifyOptions, VerifyUpdate } from "../../src/model/verification.js";
import { transition, type TaskRecord, type TaskSpec } from "../../src/model/task.js";
import { EMPTY_PREVIEW } from "./server-previews.js";

/** Tasks in memory, without an engine: enough to see what the server makes of requests and answers. */
export class FakeTaskService implements TaskService {
  readonly tasks = new Map<string, TaskRecord>();
  readonly observations = new Map<string, TaskObservation>();
  readonly progress = new Map<string, readonly ChannelProgress[]>();
  readonly sampled = new Map<string, readonly TaskSample[]>();
  readonly blocked = new Map<string, readonly BlockedRecord[]>();
  /** Thrown by the next call, once. */
  failure: { readonly thrown: unknown } | undefined;
  /** Awaited by each call. */
  gate: Promise<void> = Promise.resolve();
  calls = 0;
  previewOf: (spec: TaskSpec) => TaskPreview = () => EMPTY_PREVIEW;
  lastSignal: AbortSignal | undefined;
  lastVerify: VerifyOptions | undefined;
  /** What a verification tells. */
  updates: readonly VerifyUpdate[] = [];
  /** How a switch-over ends. */
  switched: SwitchoverUpdate = { kind: "done", isPaused: true, next: "send clients to the target" };
  lastSwitchover: SwitchoverOptions | undefined;
  lastResume: ResumeOptions | undefined;

  async create(spec: TaskSpec, options: CreateOptions, signal: AbortSignal): Promise<string> {
    this.lastSignal = signal;
    await this.#enter();
    const id = options.taskId ?? (this.tasks.size + 1).toString(16).padStart(32, "0");
    if (!this.tasks.has(id)) {
      const state = options.disableAutoStart === true ? "Initial" : "Running";
      const createdAtMs = 1_700_000_000_000 + this.tasks.size;
      this.tasks.set(id, { id, spec, state, createdAtMs, startTs: 0n, revision: 1 });
    }
    return id;
  }

  async preview(spec: TaskSpec, signal: AbortSignal): Promise<TaskPreview> {
    this.lastSignal = signal;
    await this.#enter();
    return this.previewOf(spec);
  }

  async list(): Promise<readonly TaskView[]> {
    await this.#enter();
    return Array.from(this.tasks.values(), (task) => this.#view(task));
  }

  async get(id: string): Promise<TaskView> {
    await this.#enter();
    return this.#view(this.#find(id));
  }

  async pause(id: string): Promise<void> {
    await this.#enter();
    this.tasks.set(id, transition(this.#find(id), "pause", "paused by a user"));
  }

  async resume(id: string, options?: ResumeOptions): Promise<void> {
    await this.#enter();
    this.lastResume = options;
    this.tasks.set(id, transition(this.#find(id), "resume"));
  }

  async delete(id: string): Promise<void> {
    await this.#enter();
    this.tasks.delete(this.#find(id).id);
  }

  async positions(id: string): Promise<readonly ChannelProgress[]> {
    await this.#enter();
    return this.progress.get(this.#find(id).id) ?? [];
  }

  async samples(id: string): Promise<readonly TaskSample[]> {
    await this.#enter();
    return this.sampled.get(this.#find(id).id) ?? [];
  }

  async blockedRecords(id: string): Promise<readonly BlockedRecord[]> {
    await this.#enter();
    return this.blocked.get(this.#find(id).id) ?? [];
  }

  async *verify(id: string, options: VerifyOptions, signal: AbortSignal): AsyncIterable<VerifyUpdate> {
    this.lastSignal = signal;
    this.lastVerify = options;
    await this.#enter();
    this.#find(id);
    yield* this.updates;
  }

  async *switchOver(
    id: string,
    options: SwitchoverOptions,
    signal: AbortSignal,
  ): AsyncIterable<SwitchoverUpdate> {
    this.lastSwitchover = options;
    const { level } = options;
    yield { kind: "drained", ts: 1_700_000_000_000n << 18n };
    yield* this.verify(id, { level, repair: false, dryRun: false }, signal);
    yield this.switched;
  }

  async #enter(): Promise<void> {
    this.calls++;
    await this.gate;
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) throw failure.thrown;
  }

  #view(task: TaskRecord): TaskView {
    return { task, observation: task.state === "Running" ? this.observations.get(task.id) : undefined };
  }

  #find(id: string): TaskRecord {
    const task = this.tasks.get(id);
    if (task === undefined)
      throw new CdcError("TASK_NOT_FOUND", `there is no task ${id}`, { field: "task_id" });
    return task;
  }
}
