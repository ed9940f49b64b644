import { createConnectRouter, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { createValidateInterceptor } from "@connectrpc/validate";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { TaskService } from "../engine/task-service.js";
import type { AuthRules } from "../model/caller.js";
import { auditCalls } from "./auth/audit-calls.js";
import { authorize } from "./auth/authorize.js";
import { AccessGuard } from "./auth/guard-access.js";
import { callDeadline } from "./call-deadline.js";
import { endStreams } from "./end-streams.js";
import { createEnvelope } from "./envelope.js";
import { createEnvelopeHandler } from "./envelope-handler.js";
import { guardRequests } from "./guard-requests.js";
import { HealthState } from "./health-state.js";
import type { HttpHandler } from "./http-exchange.js";
import { logCalls } from "./log-calls.js";
import { mapErrors } from "./map-errors.js";
import { PortListener, type ServerAddress } from "./port-listener.js";
import { createRequestRouter, onlyGet, probeRoutes, type Routes } from "./request-router.js";
import { createRpcHandler } from "./rpc-handler.js";
import { rpcRoutes } from "./rpc-routes.js";
import { Metrics } from "./metrics/metrics.js";
import type { ServerLogger } from "./server-logger.js";
import { takeTurns } from "./take-turns.js";
import { readTlsFiles } from "./tls-files.js";
import { TlsReload } from "./tls-reload.js";
import { defaultLimits, type ServerLimits, type ServerOptions } from "./server-options.js";

export interface ServerDeps {
  readonly tasks: TaskService;
  readonly logger: ServerLogger;
  /** Further pages by exact path, such as a dashboard; read by GET and HEAD. */
  readonly pages?: Routes | undefined;
  /** Whom it answers; everybody when absent. */
  readonly auth?: AuthRules | undefined;
  /** Around every RPC that its caller may make, those of `/cdc` included: tracing. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/** A listening server. */
export interface HttpServer extends AsyncDisposable {
  readonly address: ServerAddress;
  /** Whether it says of itself (health, `/readyz`) that it takes requests. It starts saying no. */
  setReady(isReady: boolean): void;
  /** Answers others from now on, and looks whether its certificate files have changed. What is under way goes on. */
  reload(rules: AuthRules | undefined): Promise<void>;
  /**
   * Says NOT_SERVING, stops accepting, ends streams, lets open requests finish
   * within the grace, then cuts them. Idempotent; each call waits for the end.
   */
  stop(graceMs?: number): Promise<void>;
}

/** For balancers and orchestrators, which have no credentials. */
const probePaths = [
  "/healthz",
  "/readyz",
  ...Object.values(Health.method).map(({ name }) => `/${Health.typeName}/${name}`),
];
const DEFAULT_GRACE_MS = 10_000;

/**
 * Serves `tasks` on one port, by gRPC, gRPC-Web, Connect and `POST /cdc`.
 *
 * @throws CdcError LISTEN_FAILED
 */
export async function createHttpServer(deps: ServerDeps, options: ServerOptions): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const stopping = new AbortController();
  const health = new HealthState([CdcService.typeName]);
  const open = new Set([...(deps.pages?.keys() ?? []), ...probePaths]);
  const access = new AccessGuard(deps.auth, (path) => open.has(path));
  const { routes, streams } = allRoutes({ ...deps, access }, limits, health, stopping.signal);
  const router = access.guard(createRequestRouter(routes));
  const handler = guardRequests(router, { limits, streams, logger: deps.logger });
  const tlsFiles = options.tls && (await readTlsFiles(options.tls));
  const listener = new PortListener(limits, handler, tlsFiles);
  const tls =
    options.tls &&
    tlsFiles &&
    new TlsReload(options.tls, tlsFiles, (files) => listener.setTls(files), deps.logger);
  const address = await listener.listen(options.host, options.port);

  void tls?.run(stopping.signal);
  let stopped: Promise<void> | undefined;
  const stop = (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    health.setServing(false);
    stopped ??= endServer(stopping, listener, graceMs);
    return stopped;
  };
  const setReady = (isReady: boolean): void => health.setServing(isReady && stopped === undefined);
  const reload = async (rules: AuthRules | undefined): Promise<void> => {
    access.setRules(rules);
    await tls?.look();
  };
  return { address, setReady, reload, stop, [Symbol.asyncDispose]: () => stop(0) };
}

/** Watchers of the health hear NOT_SERVING before their streams end. */
async function endServer(stopping: AbortController, listener: PortListener, graceMs: number): Promise<void> {
  await new Promise(setImmediate);
  stopping.abort();
  await listener.close(graceMs);
}

function allRoutes(
  deps: ServerDeps & { readonly access: AccessGuard },
  limits: ServerLimits,
  health: HealthState,
  stopping: AbortSignal,
): { routes: Routes; streams: ReadonlySet<string> } {
  const { logger, access } = deps;
  const rpcs = rpcRoutes(deps.tasks, health);
  const metrics = new Metrics(deps.tasks, logger);
  // outside of all others, and of `/cdc` outside of its transport, which does not pass on who calls
  const guards = [auditCalls(logger), authorize];
  const interceptors = [
    ...(deps.interceptors ?? []),
    metrics.interceptor,
    takeTurns(),
    logCalls(logger),
    mapErrors(logger),
    createValidateInterceptor(),
    callDeadline(limits.callDeadlineMs),
    endStreams(stopping),
  ];
  const router = createConnectRouter({
    interceptors: [...guards, ...interceptors],
    readMaxBytes: limits.maxBodyBytes,
    acceptCompression: [compressionGzip],
  });
  rpcs(router);
  const envelope = createEnvelope(
    createRouterTransport(rpcs, { router: { interceptors }, transport: { interceptors: guards } }),
  );
  const streaming = router.handlers.filter(({ method }) => method.methodKind !== "unary");
  const routes = new Map<string, HttpHandler>([
    ...Array.from(deps.pages ?? [], ([path, page]): [string, HttpHandler] => [path, onlyGet(page)]),
    ...probeRoutes(health),
    ["/metrics", metrics.page],
    ["/cdc", createEnvelopeHandler(envelope, limits, logger, access.context)],
    ...router.handlers.map((rpc): [string, HttpHandler] => [
      rpc.requestPath,
      createRpcHandler(rpc, limits, logger, access.context),
    ]),
  ]);
  return { routes, streams: new Set(streaming.map(({ requestPath }) => requestPath)) };
}
