import { fileURLToPath } from "node:url";
import { openBothSides, type BothSides } from "./both-sides.js";
import type { Config, SourceConfig } from "./config/config.js";
import { MemoryBudget } from "./engine/memory-budget.js";
import { TargetClaims } from "./engine/target-claims.js";
import { TaskHistory } from "./engine/task-history.js";
import { TaskManager } from "./engine/task-manager.js";
import { TaskRunner } from "./engine/task-runner.js";
import { Keyring } from "./metastore/keyring.js";
import { SqliteMetastore } from "./metastore/sqlite/sqlite-metastore.js";
import { MilvusAccess } from "./milvus/milvus-access.js";
import { SdkClients } from "./milvus/sdk-clients.js";
import { TargetGuard } from "./milvus/target-guard.js";
import { selectRows } from "./milvus/select-rows.js";
import { CdcError } from "./model/errors.js";
import type { TaskRecord, TaskSpec } from "./model/task.js";
import type { Logger } from "./observability/logger.js";
import { openPreviewSides } from "./preview-sides.js";
import { reverseSides } from "./reverse-sides.js";
import { createHttpServer } from "./server/http-server.js";
import { staticPages } from "./server/static-pages.js";
import type { Applier } from "./sink/applier.js";
import { MilvusApplier } from "./sink/milvus/milvus-applier.js";
import { MilvusCatalogue } from "./source/catalogue/milvus-catalogue.js";
import { decodeRecord } from "./source/decode/decode-record.js";
import { keyReader } from "./source/decode/key-reader.js";
import { checkRequestChannel } from "./source/kafka/channel-names.js";
import { KafkaLogReader } from "./source/kafka/kafka-log-reader.js";
import { SharedFetches } from "./source/kafka/shared-fetches.js";
import { MilvusRowSource } from "./source/snapshot/milvus-row-source.js";
import type { Tracing } from "./tracing/tracing.js";
import { verifyTask } from "./verify/task-verifier.js";

/** The service, up and running. */
export interface App {
  readonly address: { readonly host: string; readonly port: number };
  /** Takes over what may change while the service runs: whom it answers, and its certificate files. Never rejects. */
  reload(config: Config): Promise<void>;
  /** Ends requests, then tasks, then the metastore, in this order. Idempotent. */
  stop(): Promise<void>;
}

/** Records that wait in memory. Their copies in requests to a target come on top. */
const MEMORY_BUDGET_BYTES = 48 << 20;
/** Built by `npm run build`. */
const DASHBOARD_FOLDER = fileURLToPath(new URL("../dist/dashboard", import.meta.url));
/** How long what talks to a Milvus is kept that no task uses. */
const KEEP_CLIENTS_MS = 30_000;
/** Requests under way when the service stops may take this long. */
const SERVER_GRACE_MS = 5_000;

/**
 * Puts the service together and starts it: the only place that knows which
 * implementation stands behind a port.
 *
 * @throws CdcError METASTORE_LOCKED, METASTORE_NEWER, METASTORE_KEY_WRONG, METASTORE_UNAVAILABLE, LISTEN_FAILED
 */
export async function startApp(config: Config, logger: Logger): Promise<App> {
  const metastore = SqliteMetastore.open(config.metastore.path, keyringOf(config));
  const tracing = await tracingOf(config);
  const clients = new SdkClients({ keepMs: KEEP_CLIENTS_MS });
  const manager = createManager(config, metastore, logger, { tracing, clients });
  const stopTasks = async (): Promise<void> => {
    await manager.stop();
    await clients[Symbol.asyncDispose]();
    await metastore[Symbol.asyncDispose]();
    await tracing?.stop();
  };
  try {
    const pages = staticPages(DASHBOARD_FOLDER);
    const interceptors = tracing && [tracing.interceptor];
    const server = await createHttpServer(
      { tasks: manager, logger, pages, interceptors, auth: config.auth },
      config.listen,
    );
    await manager.recover();
    server.setReady(true);
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await server.stop(SERVER_GRACE_MS);
      await stopTasks();
    };
    const reload = (now: Config): Promise<void> => server.reload(now.auth);
    return { address: server.address, reload, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await stopTasks();
    throw error;
  }
}

/** Without it, not even its libraries are loaded. */
async function tracingOf({ tracing }: Config): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { startTracing } = await import("./tracing/tracing.js");
  return startTracing(tracing.otlpEndpoint);
}

function createManager(
  config: Config,
  metastore: SqliteMetastore,
  logger: Logger,
  { tracing, clients }: { readonly tracing: Tracing | undefined; readonly clients: SdkClients },
): TaskManager {
  const fetches = new Map(Object.values(config.sources).map((source) => [source, new SharedFetches()]));
  const openReader = (spec: TaskSpec): KafkaLogReader => {
    const source = sourceOf(config, spec);
    checkRequestChannel(source.channelPrefix, spec.rpcChannel);
    return new KafkaLogReader(source.kafka, source.channelPrefix, fetches.get(source));
  };
  const targets = new TargetGuard(config.targets);
  const openCatalogue = (spec: TaskSpec): MilvusCatalogue =>
    new MilvusCatalogue(sourceOf(config, spec).milvus, clients);
  const openAccess = (spec: TaskSpec): { source: MilvusAccess; target: MilvusAccess } => ({
    source: new MilvusAccess("source", sourceOf(config, spec).milvus, clients),
    target: new MilvusAccess("target", targets.addressOf(spec.connectParam), clients),
  });
  const openApplier = (spec: TaskSpec): MilvusApplier =>
    new MilvusApplier(targets.addressOf(spec.connectParam), clients);
  const openTracedApplier = ({ id, spec }: TaskRecord): Applier => {
    const applier = openApplier(spec);
    return tracing?.traced(applier, id) ?? applier;
  };
  const openSides = (spec: TaskSpec): BothSides =>
    openBothSides(sourceOf(config, spec).milvus, targets.addressOf(spec.connectParam), clients);
  const memory = new MemoryBudget(MEMORY_BUDGET_BYTES);
  const claims = new TargetClaims(metastore);
  return new TaskManager({
    metastore,
    logger,
    verify: async (task, verified, options, emit, signal) => {
      await using sides = openSides(task.spec);
      await verifyTask({ task: verified, ...sides }, options, emit, signal);
    },
    openReader,
    openCatalogue,
    openApplier,
    openPreview: (spec) =>
      openPreviewSides(sourceOf(config, spec), targets.addressOf(spec.connectParam), clients),
    reverseSides: (spec) => reverseSides(config, spec),
    createRunner: (task, taskLogger) =>
      new TaskRunner(task, {
        metastore,
        history: new TaskHistory(metastore, taskLogger),
        reader: openReader(task.spec),
        catalogue: openCatalogue(task.spec),
        rows: new MilvusRowSource(sourceOf(config, task.spec).milvus, clients),
        applier: openTracedApplier(task),
        decode: decodeRecord,
        access: task.spec.replicateRbac ? openAccess(task.spec) : undefined,
        keyReader,
        selectRows,
        memory,
        claims,
        logger: taskLogger,
      }),
  });
}

function keyringOf({ metastore: { encryption } }: Config): Keyring {
  return new Keyring(encryption?.key, encryption?.previousKeys ?? []);
}

function sourceOf(config: Config, { source = "default" }: TaskSpec): SourceConfig {
  const found = Object.hasOwn(config.sources, source) ? config.sources[source] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(config.sources).join(", ");
  throw new CdcError("INVALID_ARGUMENT", `no source ${source} is configured, there are: ${known}`, {
    field: "source",
  });
}
