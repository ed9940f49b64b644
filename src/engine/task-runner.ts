import { setMaxListeners } from "node:events";
import { sleep, untilAborted } from "../async/abort.js";
import { inParallel } from "../async/in-parallel.js";
import { Slots } from "../async/slots.js";
import type { ChangeEvent, Column, PrimaryKeys, RowInsert } from "../model/change-event.js";
import { mapDatabase } from "../model/name-mapping.js";
import { DEFAULT_DATABASE, isDatabaseSelected } from "../model/selection.js";
import type { TaskRecord } from "../model/task.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Logger } from "../observability/logger.js";
import type { Applier } from "../sink/applier.js";
import type { TargetAccess } from "../sink/target-access.js";
import type { LogReader } from "../source/log-reader.js";
import type { RowSource } from "../source/row-source.js";
import type { SourceAccess } from "../source/source-access.js";
import type { BulkImport, Listing, SourceCatalogue } from "../source/source-catalogue.js";
import { AccessKeeper } from "./access-keeper.js";
import { CatalogueWatch } from "./catalogue-watch.js";
import { ChannelPipeline, type PipelineDeps } from "./channel-pipeline.js";
import { DatabaseKeeper } from "./database-keeper.js";
import { watchImports } from "./import-watch.js";
import { LaneSet } from "./lane-set.js";
import { NameLocks } from "./name-locks.js";
import { ProgressKeeper } from "./progress-keeper.js";
import { RequestHandler } from "./request-handler.js";
import { RetentionWatch } from "./retention-watch.js";
import { RetryBoard } from "./retry-board.js";
import { TaskCounters } from "./task-counters.js";
import type { TaskObservation } from "./task-view.js";

/** Differences that no topic tells of are looked for at least this often. */
const COMPARE_EVERY_MS = 5_000;
const COMPARE_AT_ONCE = 4;
const COMPARE_PATIENCE_MS = 10_000;
/** Without writes for this long, a task is idle. */
const IDLE_AFTER_MS = 2_000;
/** With more lag, something is on its way. */
const CAUGHT_UP_MS = 2_000;
/** Collections whose existing rows are copied at a time. */
const COPIES_AT_ONCE = 3;
const DATABASES = "databases of the target";

/** The outside world of one task. */
export interface RunnerDeps {
  readonly metastore: Metastore;
  readonly reader: LogReader;
  readonly catalogue: SourceCatalogue;
  readonly rows: RowSource;
  readonly applier: Applier;
  readonly decode: (value: Uint8Array) => ChangeEvent;
  readonly keyReader: (description: Uint8Array) => (insert: RowInsert) => PrimaryKeys;
  readonly selectRows: (columns: readonly Column[], rows: readonly number[]) => Column[];
  /** Roles and grants of both sides, when they are to be replicated. */
  readonly access: { readonly source: SourceAccess; readonly target: TargetAccess } | undefined;
  readonly logger: Logger;
}

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
    this.#lanes = this.#createLanes();
    this.#access = this.#createAccess();
    this.#watch = new CatalogueWatch(
      deps.catalogue,
      this.#retries,
      (listing) => this.#onListing(listing),
      this.#stopping.signal,
    );
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
    try {
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
    const lags = collections.flatMap(({ phase, lagMs }) =>
      phase === "blocked" || lagMs === undefined ? [] : [lagMs],
    );
    const isCopying = collections.some(({ copy }) => copy !== undefined);
    const retry = this.#retries.worst;
    const lagMs = lags.length > 0 ? Math.max(...lags) : undefined;
    return {
      status: this.#status(now, retry !== undefined, isCopying, lagMs),
      lagMs,
      insertedRows: this.#counters.insertedRows,
      deletedKeys: this.#counters.deletedKeys,
      upsertedRows: this.#counters.upsertedRows,
      retry,
      skipped: this.#counters.skippedByReason,
      healed: this.#counters.healed + (this.#access?.healed ?? 0n),
      retentionMarginMs: this.#retention?.marginMs,
      problems: [...(this.#access?.problems ?? []), ...(this.#retention?.warnings ?? [])],
      collections,
    };
  }

  #status(now: number, isRetrying: boolean, isCopying: boolean, lagMs = 0): TaskObservation["status"] {
    if (isRetrying) return "retrying";
    if (!this.#hasStarted) return "starting";
    const hasJustWritten = now - this.#counters.lastWriteAtMs < IDLE_AFTER_MS;
    return isCopying || hasJustWritten || lagMs > CAUGHT_UP_MS ? "flowing" : "idle";
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

  #createLanes(): LaneSet {
    const { metastore, catalogue, applier, rows, keyReader, selectRows, logger } = this.#deps;
    const { id, spec } = this.#task;
    const shared = {
      applier,
      catalogue,
      rows,
      selectRows,
      slots: new Slots(COPIES_AT_ONCE),
      loadForSnapshot: spec.loadForSnapshot,
      databases: this.#databases,
      names: new NameLocks(),
      nameMappings: spec.nameMappings,
      retries: this.#retries,
      counters: this.#counters,
      stopping: this.#stopping.signal,
      aborting: this.#aborting.signal,
    };
    const stored = <T>(action: () => Promise<T>): Promise<T> =>
      this.#retries.retry("metastore", action, this.#stopping.signal);
    const remember = (collection: Parameters<Metastore["saveCollection"]>[1]): Promise<void> =>
      stored(() => metastore.saveCollection(id, collection));
    return new LaneSet({
      task: this.#task,
      catalogue,
      retries: this.#retries,
      stopping: this.#stopping.signal,
      remember,
      laneDeps: (collection) => ({
        ...shared,
        keysOf: keyReader(collection.description),
        remember,
        forget: (collectionId) => stored(() => metastore.deleteCollection(id, collectionId)),
        onImported: ({ source }, imports) =>
          logger.info({ ...source, ...sumOf(imports) }, "rows came by bulk import: they are copied"),
        onCopied: ({ source, copy }, imports) => {
          this.#counters.healed += BigInt(imports);
          logger.info({ ...source, rows: copy?.copiedRows.toString() }, "snapshot ended");
        },
        onSkipped: ({ id: collectionId, source }, reason, rows) => {
          this.#counters.skipped(reason, rows);
          this.#lanes.get(collectionId)?.skipped.add(reason, rows);
          logger.warn({ ...source, ...reason, rows }, "rows skipped");
        },
        onBlocked: ({ source }, error) => logger.error({ ...source, err: error }, "collection blocked"),
        onHealed: ({ source }, step) => {
          this.#counters.healed++;
          logger.info({ ...source, step }, "difference healed");
        },
      }),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Reads the log, with a pipeline for each of its channels. */
  #read(progress: ProgressKeeper, running: Promise<unknown>[]): Promise<void> {
    const signal = this.#stopping.signal;
    const requests = new RequestHandler(this.#lanes, this.#watch);
    const deps = {
      decode: this.#deps.decode,
      lanes: this.#lanes,
      watch: this.#watch,
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

function sumOf(imports: readonly BulkImport[]): { imports: string[]; rows: string } {
  const rows = imports.reduce((sum, one) => sum + one.rows, 0n);
  return { imports: imports.map(({ id }) => id.toString()), rows: rows.toString() };
}
