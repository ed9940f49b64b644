import { randomBytes } from "node:crypto";
import { Mutex } from "../async/mutex.js";
import { Slots } from "../async/slots.js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import type { CollectionId, TaskId } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";
import { refuseCollisions } from "../model/name-collisions.js";
import { targetAddress } from "../model/target-address.js";
import { transition, type TaskCommand, type TaskRecord, type TaskSpec } from "../model/task.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Logger } from "../observability/logger.js";
import type { Applier } from "../sink/applier.js";
import type { BlockedRecord } from "../model/blocked-record.js";
import { switchOver, type SwitchoverOptions, type SwitchoverUpdate } from "./switchover.js";
import { namingRights, planRights } from "./planned-rights.js";
import { planOf, PLAN_TIMEOUT_MS, reachTarget, type SourceSide } from "./reach-sides.js";
import { noSuchSource, refuseCircle, refuseUnready, reverseSpec, type ReverseSides } from "./reverse-task.js";
import type { RowRepairs } from "./row-repairs.js";
import { ScheduledVerification } from "./scheduled-verification.js";
import { SupervisedTask } from "./supervised-task.js";
import { goneTargets, replacedCollections, type GoneTarget } from "./task-plan.js";
import { findOverlap, type Starter } from "./task-overlap.js";
import { previewTask, type PreviewSides, type TaskPreview } from "./task-preview.js";
import { TaskSamples, type TaskSample } from "./task-samples.js";
import { TaskHistory } from "./task-history.js";
import type { CreateOptions, ResumeOptions, TaskService } from "./task-service.js";
import { TaskVerification, type Verify } from "./task-verification.js";
import type { VerifyOptions, VerifyUpdate } from "../model/verification.js";
import type { TaskRunner } from "./task-runner.js";
import type { TaskObservation, TaskView } from "./task-view.js";

const ANEW_TIMEOUT_MS = 60_000;

/** Of all tasks together; others wait. */
const SCHEDULED_VERIFICATIONS_AT_ONCE = 2;

export interface ManagerDeps extends SourceSide {
  readonly metastore: Metastore;
  readonly logger: Logger;
  readonly openApplier: (spec: TaskSpec) => Applier;
  /** Both sides of a task that is not there yet. */
  readonly openPreview: (spec: TaskSpec) => PreviewSides & AsyncDisposable;
  readonly createRunner: (task: TaskRecord, logger: Logger) => TaskRunner;
  readonly verify: Verify;
  /** Undefined when a task's target is none of the configured sources. */
  readonly reverseSides: (spec: TaskSpec) => ReverseSides | undefined;
}

/** All tasks of the service: remembered ones, and those that run. */
export class TaskManager implements TaskService {
  readonly #deps: ManagerDeps;
  readonly #history: TaskHistory;
  readonly #verification: TaskVerification;
  readonly #running = new Map<TaskId, SupervisedTask>();
  readonly #mutexes = new Map<TaskId, Mutex>();
  /** Two tasks that overlap must not both be found to be alone. */
  readonly #starting = new Mutex();
  readonly #scheduled = new Slots(SCHEDULED_VERIFICATIONS_AT_ONCE);
  readonly #samples = new TaskSamples(() => this.#observations());
  readonly #stopping = new AbortController();
  #sampling: Promise<void> | undefined;
  readonly #repairsOf = (id: TaskId, collection: CollectionId): RowRepairs | undefined =>
    this.#running.get(id)?.repairsOf(collection);

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
    this.#history = new TaskHistory(deps.metastore, deps.logger);
    this.#verification = new TaskVerification({
      ...deps,
      history: this.#history,
      find: (id) => this.#find(id),
      isRunning: (id) => this.#running.has(id),
      repairsOf: this.#repairsOf,
    });
  }

  /** Starts the tasks that ran when the service ended. */
  async recover(): Promise<void> {
    this.#sampling ??= this.#samples.run(this.#stopping.signal).catch(() => undefined);
    for (const task of await this.#deps.metastore.listTasks()) {
      if (task.state !== "Running") continue;
      this.#history.note(task.id, "goes on after a start of the service");
      this.#start(task);
    }
  }

  /** Stops what runs; the tasks stay Running and go on with the next start. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await this.#sampling;
  }

  create(spec: TaskSpec, { taskId, disableAutoStart }: CreateOptions, signal: AbortSignal): Promise<TaskId> {
    const id = taskId ?? randomBytes(16).toString("hex");
    return this.#exclusively(id, async () => {
      if ((await this.#deps.metastore.getTask(id)) !== undefined) return id;
      refuseCollisions(spec.nameMappings, spec);
      await reachTarget(spec, this.#deps.openApplier, signal);
      const { startTs, progress, collections, listing } = await planOf(spec, this.#deps, signal);
      const state = disableAutoStart === true ? "Initial" : "Running";
      const task: TaskRecord = { id, spec, state, createdAtMs: Date.now(), startTs, revision: 1 };
      const { metastore } = this.#deps;
      const remember = (): Promise<boolean> => metastore.createTask(task, progress, collections);
      if (state === "Initial") await remember();
      else await this.#alone({ id, spec, listing }, "INVALID_ARGUMENT", remember);
      this.#deps.logger.info({ taskId: id, channels: progress.length }, "task created");
      this.#history.note(id, `created, ${state}`);
      if (state === "Running") this.#start(task);
      return id;
    });
  }

  async preview(spec: TaskSpec, signal: AbortSignal): Promise<TaskPreview> {
    refuseCollisions(spec.nameMappings, spec);
    await reachTarget(spec, this.#deps.openApplier, signal);
    await using sides = this.#deps.openPreview(spec);
    const rights = await planRights(spec, sides, signal);
    return await namingRights(rights, async () => {
      const plan = await planOf(spec, this.#deps, signal);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PLAN_TIMEOUT_MS)]);
      const overlap = await findOverlap({ id: "", spec, listing: plan.listing }, this.#deps.metastore);
      const found = await previewTask(spec, plan, sides, limit);
      return { ...found, rights, problems: overlap === undefined ? [] : [overlap] };
    });
  }

  async list(): Promise<readonly TaskView[]> {
    return (await this.#deps.metastore.listTasks()).map((task) => this.#view(task));
  }

  async get(id: TaskId): Promise<TaskView> {
    return { ...this.#view(await this.#find(id)), history: await this.#deps.metastore.listEvents(id) };
  }

  pause(id: TaskId): Promise<void> {
    return this.#exclusively(id, async () => {
      await this.#transition(id, "pause", "paused by request");
      await this.#stopTask(id);
    });
  }

  resume(id: TaskId, options: ResumeOptions = {}): Promise<void> {
    return this.#exclusively(id, async () => {
      const task = await this.#resumed(await this.#find(id), options);
      await this.#stopTask(id);
      this.#start(task);
    });
  }

  async #resumed(task: TaskRecord, { resnapshot, skipBlockedRecord }: ResumeOptions): Promise<TaskRecord> {
    const { id } = task;
    const alone = <T>(begin: () => Promise<T>): Promise<T> => this.#alone(task, "TASK_STATE_CONFLICT", begin);
    if (skipBlockedRecord === true) return alone(() => this.#skipBlocked(id));
    if (resnapshot === true) {
      // before the target is touched, and once more when it is to run: what lies between takes its time
      await alone(() => Promise.resolve());
      return this.#beginAnew(id, alone);
    }
    return alone(() => this.#transition(id, "resume"));
  }

  /** Begins to run a task, unless another one that runs would write the same. */
  #alone<T>(starter: Starter, code: ErrorCode, begin: () => Promise<T>): Promise<T> {
    return this.#starting.run(async () => {
      const overlap = await findOverlap(starter, this.#deps.metastore);
      refuseCircle(starter, await this.#deps.metastore.listTasks());
      if (overlap !== undefined) throw new CdcError(code, overlap, { field: "collection_infos" });
      return begin();
    });
  }

  /** A running task shows what blocks it, so it need not be paused first: it starts again, without the records. */
  async #skipBlocked(id: TaskId): Promise<TaskRecord> {
    const { metastore, logger } = this.#deps;
    const task = await this.#find(id);
    const atMs = Date.now();
    const blocking = (await metastore.listBlockedRecords(id)).filter(
      ({ skippedAtMs }) => skippedAtMs === undefined,
    );
    const events = blocking.map(({ channel, offset, cause, collection }) => ({
      atMs,
      text: `record ${offset} of ${channel} was given up by request; it had failed with ${cause}`,
      collection,
    }));
    if (blocking.length === 0)
      throw new CdcError("TASK_STATE_CONFLICT", `no record blocks a collection of task ${id}`, {
        field: "skip_blocked_record",
      });
    // not what has come to block since: nobody has seen it, and the history would not name it
    if (!(await metastore.skipBlockedRecords(id, { records: blocking, atMs, events })))
      throw changedMeanwhile(id);
    for (const { text, collection } of events) logger.warn({ taskId: id, ...collection }, text);
    return task.state === "Running" ? task : this.#transition(id, "resume");
  }

  /** Part of the log was missed: what it has changed since is found by comparing what exists. */
  async #beginAnew(
    id: TaskId,
    alone: (begin: () => Promise<boolean>) => Promise<boolean>,
  ): Promise<TaskRecord> {
    const { metastore } = this.#deps;
    const resumed = transition(await this.#find(id), "resume");
    const spec: TaskSpec = { ...resumed.spec, start: { kind: "snapshot" } };
    const signal = AbortSignal.timeout(ANEW_TIMEOUT_MS);
    const plan = await planOf(spec, this.#deps, signal);
    const known = await metastore.listCollections(id);
    await this.#dropGone(spec, goneTargets(known, plan.listing), signal);
    const task = { ...resumed, spec, startTs: plan.startTs };
    const replaced = replacedCollections(known, plan);
    const remember = (): Promise<boolean> => metastore.restartTask(task, plan.progress, replaced);
    if (!(await alone(remember))) throw changedMeanwhile(id);
    this.#deps.logger.info({ taskId: id, collections: replaced.length }, "task begins anew with a snapshot");
    this.#history.note(id, "resumed with a new snapshot");
    return task;
  }

  /** The drop of these collections was in the part of the log that is lost. */
  async #dropGone(spec: TaskSpec, gone: readonly GoneTarget[], signal: AbortSignal): Promise<void> {
    await using applier = this.#deps.openApplier(spec);
    for (const { name, onlyPartitions } of gone) await applier.dropCollection(name, onlyPartitions, signal);
  }

  delete(id: TaskId): Promise<void> {
    return this.#exclusively(id, async () => {
      await this.#find(id);
      await this.#stopTask(id);
      await this.#deps.metastore.deleteTask(id);
      this.#samples.forget(id);
      this.#deps.logger.info({ taskId: id }, "task deleted");
    });
  }

  verify(id: TaskId, options: VerifyOptions, signal: AbortSignal): AsyncIterable<VerifyUpdate> {
    return this.#verification.run(id, options, signal);
  }

  switchOver(id: TaskId, options: SwitchoverOptions, signal: AbortSignal): AsyncIterable<SwitchoverUpdate> {
    const deps = {
      get: (task: TaskId) => this.get(task),
      now: async ({ spec }: TaskRecord, limit: AbortSignal) => {
        await using catalogue = this.#deps.openCatalogue(spec);
        return await catalogue.now(limit);
      },
      repairsOf: this.#repairsOf,
      verify: (task: TaskId, how: VerifyOptions, limit: AbortSignal) => this.verify(task, how, limit),
      pause: (task: TaskId) => this.pause(task),
      planReverse: (view: TaskView, limit: AbortSignal) => this.#planReverse(view, limit),
      create: (spec: TaskSpec, limit: AbortSignal) => this.create(spec, {}, limit),
    };
    return switchOver(id, options, deps, signal);
  }

  async #planReverse({ task, observation }: TaskView, signal: AbortSignal): Promise<TaskSpec> {
    const sides = this.#deps.reverseSides(task.spec);
    if (sides === undefined) throw noSuchSource(targetAddress(task.spec.connectParam).endpoint);
    const collections = (observation?.collections ?? []).map(({ collection }) => collection);
    const spec = reverseSpec(task, collections, sides);
    refuseUnready(await this.preview(spec, signal));
    return spec;
  }

  async blockedRecords(id: TaskId): Promise<readonly BlockedRecord[]> {
    await this.#find(id);
    return this.#deps.metastore.listBlockedRecords(id);
  }

  async positions(id: TaskId): Promise<readonly ChannelProgress[]> {
    await this.#find(id);
    return this.#deps.metastore.listProgress(id);
  }

  async samples(id: TaskId): Promise<readonly TaskSample[]> {
    await this.#find(id);
    return this.#samples.of(id);
  }

  *#observations(): Iterable<readonly [TaskId, TaskObservation]> {
    for (const [id, running] of this.#running) {
      const observation = running.observe();
      if (observation !== undefined) yield [id, observation];
    }
  }

  #view(task: TaskRecord): TaskView {
    return { task, observation: this.#running.get(task.id)?.observe() };
  }

  async #find(id: TaskId): Promise<TaskRecord> {
    const task = await this.#deps.metastore.getTask(id);
    if (task === undefined)
      throw new CdcError("TASK_NOT_FOUND", `there is no task ${id}`, { field: "task_id" });
    return task;
  }

  async #transition(id: TaskId, command: TaskCommand, reason?: string): Promise<TaskRecord> {
    const task = transition(await this.#find(id), command, reason);
    if (!(await this.#deps.metastore.updateTask(task))) {
      throw changedMeanwhile(id);
    }
    this.#deps.logger.info({ taskId: id, state: task.state, reason }, "task state changed");
    this.#history.note(id, reason === undefined ? task.state : `${task.state}: ${reason}`);
    return task;
  }

  #start(task: TaskRecord): void {
    // it goes on with the next start of the service
    if (this.#stopping.signal.aborted) return;
    const logger = this.#deps.logger.child({ taskId: task.id });
    const running: SupervisedTask = new SupervisedTask(task, {
      createRunner: (record) => this.#deps.createRunner(record, logger),
      beside: (signal) => this.#verifyBeside(task, logger, signal),
      onBroken: (error) =>
        this.#history.note(task.id, `broke and is started again: ${error.code}: ${error.message}`),
      onFailed: (error) => void this.#failed(running, task.id, error),
      logger,
    });
    this.#running.set(task.id, running);
  }

  /** As often as the task asks for. */
  async #verifyBeside({ id, spec }: TaskRecord, logger: Logger, signal: AbortSignal): Promise<void> {
    if (spec.verifySchedule === undefined) return;
    await new ScheduledVerification(id, spec.verifySchedule, {
      find: (task) => this.#find(task),
      observe: () => this.#running.get(id)?.observe(),
      verify: (task, options, limit) => this.#verification.runScheduled(task, options, limit),
      slots: this.#scheduled,
      history: this.#history,
      logger,
    }).run(signal);
  }

  async #stopTask(id: TaskId): Promise<void> {
    await this.#running.get(id)?.stop();
    this.#running.delete(id);
  }

  async #failed(running: SupervisedTask, id: TaskId, error: CdcError): Promise<void> {
    this.#deps.logger.error({ taskId: id, err: error }, "task failed");
    try {
      await this.#exclusively(id, async () => {
        // paused and resumed meanwhile: another one runs
        if (this.#running.get(id) !== running) return;
        this.#running.delete(id);
        await this.#transition(id, "fail", error.explanation);
      });
    } catch (cause) {
      // paused or deleted meanwhile, or the service stops: it fails again when it is started again
      this.#deps.logger.warn({ taskId: id, err: cause }, "failure of the task not remembered");
    }
  }

  /** One action at a time for each task; a mutex goes with its last user. */
  async #exclusively<T>(id: TaskId, action: () => Promise<T>): Promise<T> {
    if (this.#stopping.signal.aborted) throw new CdcError("UNAVAILABLE", "the service is stopping");
    const mutex = this.#mutexes.get(id) ?? new Mutex();
    this.#mutexes.set(id, mutex);
    try {
      return await mutex.run(action);
    } finally {
      if (mutex.isIdle) this.#mutexes.delete(id);
    }
  }
}

function changedMeanwhile(id: TaskId): CdcError {
  return new CdcError("TASK_STATE_CONFLICT", `task ${id} was changed by another request`);
}
