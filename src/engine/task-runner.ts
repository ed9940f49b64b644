import { setMaxListeners } from "node:events";
import { sleep, untilAborted } from "../async/abort.js";
import { inParallel } from "../async/in-parallel.js";
import type { ErrorCode } from "../model/errors.js";
import type { ChannelName, CollectionId, HybridTs } from "../model/ids.js";
import { mapDatabase } from "../model/name-mapping.js";
import { DEFAULT_DATABASE, isDatabaseSelected } from "../model/selection.js";
import type { TaskRecord } from "../model/task.js";
import type { Listing } from "../source/source-catalogue.js";
import { AccessKeeper } from "./access-keeper.js";
import { BacklogWatch } from "./backlog-watch.js";
import { BlockedRecords } from "./blocked-records.js";
import { CatalogueWatch } from "./catalogue-watch.js";
import { ChannelPipeline, type PipelineDeps } from "./channel-pipeline.js";
import { DatabaseKeeper } from "./database-keeper.js";
import { beat } from "./heartbeat.js";
import { watchImports } from "./import-watch.js";
import type { LaneSet } from "./lane-set.js";
import { ProgressKeeper } from "./progress-keeper.js";
import { RequestHandler } from "./request-handler.js";
import { RetentionWatch } from "./retention-watch.js";
import { RetryBoard } from "./retry-board.js";
import type { RowRepairs } from "./row-repairs.js";
import type { RunnerDeps } from "./runner-deps.js";
import { SourceClock } from "./source-clock.js";
import { TaskCounters } from "./task-counters.js";
import { TaskHealth } from "./task-health.js";
import { createLanes } from "./task-lanes.js";
import type { TaskObservation } from "./task-view.js";

/** Differences that no topic tells of are looked for at least this often. */
const COMPARE_EVERY_MS = 5_000;
const COMPARE_AT_ONCE = 4;
const COMPARE_PATIENCE_MS = 10_000;
const DATABASES = "databases of the target";

/** One attempt to run a task: everything that runs for it, from the log to the target. */
export class TaskRunner {
  readonly #task: TaskRecord;
  readonly #deps: RunnerDeps;
  readonly #counters = new TaskCounters();
  readonly #retries: RetryBoard;
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  readonly #databases: DatabaseKeeper;
  readonly #lanes: LaneSet;
  readonly #watch: CatalogueWatch;
  readonly #access: AccessKeeper | undefined;
  readonly #blocked: BlockedRecords;
  readonly #health: TaskHealth;
  #backlog: BacklogWatch | undefined;
  #retention: RetentionWatch | undefined;
  #hasStarted = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(task: TaskRecord, deps: RunnerDeps) {
    this.#task = task;
    this.#deps = deps;
    // every shard of every lane listens, and takes its listener away
    setMaxListeners(0, this.#stopping.signal, this.#aborting.signal);
    const logger = deps.logger;
    this.#retries = new RetryBoard((place, { error, attempts, nextTryAtMs }) => {
      logger.warn(
        { place, err: error, attempts, nextTryAt: new Date(nextTryAtMs).toISOString() },
        "trying again",
      );
    });
    this.#databases = new DatabaseKeeper(task.id, deps.applier, deps.metastore);
    this.#blocked = new BlockedRecords(task.id, {
      ...deps,
      retries: this.#retries,
      stopping: this.#stopping.signal,
    });
    this.#lanes = createLanes(task, deps, {
      retries: this.#retries,
      counters: this.#counters,
      databases: this.#databases,
      blocked: this.#blocked,
      note: (text, collection) => deps.history.note(task.id, text, collection),
      onFailure: (error) => this.#fail(error),
      stopping: this.#stopping.signal,
      aborting: this.#aborting.signal,
    });
    this.#access = this.#createAccess();
    this.#watch = new CatalogueWatch(
      deps.catalogue,
      this.#retries,
      (listing) => this.#onListing(listing),
      this.#stopping.signal,
    );
    this.#health = new TaskHealth({
      counters: this.#counters,
      retries: this.#retries,
      lanes: () => this.#lanes.all,
      onTurn: (text) => deps.history.note(task.id, text),
    });
  }

  /**
   * Runs until `stop` was called and everything has ended.
   *
   * @throws CdcError when the task cannot go on
   */
  async run(): Promise<void> {
    const { metastore } = this.#deps;
    const signal = this.#stopping.signal;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => undefined);
    const running: Promise<unknown>[] = [];
    const progress = new ProgressKeeper(this.#task.id, metastore, this.#retries);
    const { reader, logger } = this.#deps;
    const retention = (this.#retention = new RetentionWatch({ reader, progress, logger }));
    const backlog = (this.#backlog = new BacklogWatch({ reader, progress }));
    try {
      running.push(...this.#watchHealth(backlog, signal));
      await this.#blocked.load();
      await progress.load();
      this.#lanes.restore(await metastore.listCollections(this.#task.id), progress.positions);
      await Promise.race([this.#watch.refresh(), failed]);
      this.#hasStarted = true;
      running.push(
        this.#watch.run(),
        this.#compareForEver(),
        progress.run(signal),
        retention.run(signal),
        this.#watchImports(signal),
        ...(this.#access === undefined ? [] : [this.#access.run(signal)]),
        this.#read(progress, running),
      );
      await Promise.race([failed, ...running]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await this.#end(running, progress);
    }
  }

  /** Begins nothing new and lets what is under way end within the grace; `run` resolves then. Idempotent. */
  stop(graceMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error("the task stops"));
    setTimeout(() => this.#aborting.abort(new Error("the task stops")), graceMs).unref();
  }

  observe(): TaskObservation {
    const now = Date.now();
    const collections = this.#lanes.all.map((lane) => lane.view(now));
    const health = this.#health;
    const lags = collections.flatMap(({ phase, lagMs }) =>
      phase === "blocked" || lagMs === undefined ? [] : [lagMs],
    );
    const isCopying = collections.some(({ copy }) => copy !== undefined);
    const retry = this.#retries.worst;
    const lagMs = lags.length > 0 ? Math.max(...lags) : undefined;
    return {
      status: health.status(this.#hasStarted, isCopying, lagMs),
      lagMs,
      insertedRows: this.#counters.insertedRows,
      deletedKeys: this.#counters.deletedKeys,
      upsertedRows: this.#counters.upsertedRows,
      retry,
      skipped: this.#counters.skippedByReason,
      healed: this.#counters.healed + (this.#access?.healed ?? 0n),
      backlogRecords: this.#backlog?.records,
      rowsPerSecond: health.rowsPerSecond,
      bytesPerSecond: health.bytesPerSecond,
      retentionMarginMs: this.#retention?.marginMs,
      problems: [...health.stalls, ...(this.#access?.problems ?? []), ...(this.#retention?.warnings ?? [])],
      collections,
    };
  }

  /** Of a collection that is streaming. */
  repairsOf(id: CollectionId): RowRepairs | undefined {
    const lane = this.#lanes.get(id);
    return lane?.isStreaming === true ? lane.repairs : undefined;
  }

  #createAccess(): AccessKeeper | undefined {
    const { access, metastore, logger } = this.#deps;
    const { id, spec } = this.#task;
    if (access === undefined) return undefined;
    return new AccessKeeper({
      ...access,
      scope: spec,
      retries: this.#retries,
      logger,
      load: () => metastore.getAccess(id),
      remember: (known) => metastore.saveAccess(id, known),
    });
  }

  /** Reads the log, with a pipeline for each of its channels. */
  #read(progress: ProgressKeeper, running: Promise<unknown>[]): Promise<void> {
    const signal = this.#stopping.signal;
    const requests = new RequestHandler(this.#lanes, this.#watch);
    const { decode, catalogue } = this.#deps;
    const now = (): Promise<HybridTs> =>
      this.#retries.retry("catalogue of the source", () => catalogue.now(signal), signal);
    const deps = {
      decode,
      clock: new SourceClock(now),
      lanes: this.#lanes,
      watch: this.#watch,
      onTick: (channel: ChannelName) => this.#health.ticked(channel),
      memory: this.#deps.memory,
      request: (event: Parameters<RequestHandler["handle"]>[0]) =>
        requests.handle(event).catch((error: unknown) => this.#fail(error)),
      onSkipped: this.#skipped,
    };
    return this.#deps.reader.read(
      async (range) => {
        const pipeline = new ChannelPipeline(range.channel, await progress.open(range, signal), deps);
        const run = pipeline.run(signal);
        run.catch((error: unknown) => this.#fail(error));
        running.push(run);
        return pipeline;
      },
      (failure) => this.#retries.report("log", failure),
      signal,
    );
  }

  #skipped: PipelineDeps["onSkipped"] = (reason, { channel, offset }, collectionId, error) => {
    this.#counters.skipped(reason);
    if (collectionId !== undefined) this.#lanes.get(collectionId)?.skipped.add(reason);
    const place = { channel, offset: offset.toString() };
    this.#deps.logger.warn({ ...place, ...reason, err: error }, "record skipped");
  };

  /** Databases come before the collections in them, and go after them. */
  async #onListing(listing: Listing): Promise<void> {
    const { spec } = this.#task;
    const wanted = listing.databases
      .filter((database) => isDatabaseSelected(spec, database))
      .map((database) => mapDatabase(spec.nameMappings, database));
    await this.#lanes.adopt(listing);
    await this.#equalizeDatabases(wanted).then(
      () => this.#retries.report(DATABASES, undefined),
      (error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#retries.report(DATABASES, { error, attempts: 1, delayMs: 0 });
      },
    );
  }

  /** Tried once with each look: collections must not wait for a database that the target does not let go. */
  async #equalizeDatabases(wanted: readonly string[]): Promise<void> {
    const signal = this.#stopping.signal;
    for (const database of wanted) await this.#databases.ensure(database, signal);
    const isUsed = (database: string): boolean =>
      this.#lanes.all.some(({ collection }) => collection.target.database === database);
    await this.#databases.dropUnwanted(
      (database) => database === DEFAULT_DATABASE || wanted.includes(database) || isUsed(database),
      signal,
    );
  }

  /** From the beginning: what keeps a task from starting has to be seen. */
  #watchHealth(backlog: BacklogWatch, signal: AbortSignal): readonly Promise<never>[] {
    const { applier, catalogue } = this.#deps;
    const ask = (
      who: string,
      code: ErrorCode,
      ping: (limit: AbortSignal) => Promise<unknown>,
    ): Promise<never> => beat({ who, code, ping, retries: this.#retries }, signal);
    const watching = [
      this.#health.run(signal),
      ask("the target", "TARGET_UNAVAILABLE", (limit) => applier.ping(limit)),
      ask("the source", "SOURCE_UNAVAILABLE", (limit) => catalogue.now(limit)),
      ask("Kafka", "LOG_UNAVAILABLE", (limit) => backlog.look(limit)),
    ];
    // the task may stop before anybody waits for them
    for (const one of watching) one.catch(() => undefined);
    return watching;
  }

  #watchImports(signal: AbortSignal): Promise<never> {
    const { catalogue } = this.#deps;
    return watchImports({ catalogue, lanes: () => this.#lanes.all, retries: this.#retries }, signal);
  }

  async #compareForEver(): Promise<never> {
    for (;;) {
      await sleep(COMPARE_EVERY_MS, this.#stopping.signal);
      const streaming = this.#lanes.all.filter(({ isStreaming }) => isStreaming);
      await inParallel(streaming, COMPARE_AT_ONCE, async (lane) => {
        // one that takes longer goes on by itself, and does not keep the others from their turn
        const patience = AbortSignal.timeout(COMPARE_PATIENCE_MS);
        await untilAborted(lane.structure.request(0n, false), patience).catch(() => undefined);
      });
    }
  }

  /** Everything has ended, and what became durable is remembered, before the resources go. */
  async #end(running: readonly Promise<unknown>[], progress: ProgressKeeper): Promise<void> {
    this.stop(0);
    await Promise.allSettled([...running, this.#lanes.ended()]);
    const { reader, catalogue, rows, applier, access, logger } = this.#deps;
    const resources: AsyncDisposable[] = [reader, catalogue, rows, applier];
    if (access !== undefined) resources.push(access.source, access.target);
    await progress.save(AbortSignal.timeout(5_000)).catch((error: unknown) => {
      // not fatal: what is not remembered as durable is replayed
      logger.warn({ err: error }, "last positions not saved");
    });
    await Promise.allSettled(resources.map((resource) => resource[Symbol.asyncDispose]()));
  }
}
