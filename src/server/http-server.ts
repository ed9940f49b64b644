import { createConnectRouter, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { createValidateInterceptor } from "@connectrpc/validate";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { TaskService } from "../engine/task-service.js";
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
import { defaultLimits, type ServerLimits, type ServerOptions } from "./server-options.js";

export interface ServerDeps {
  readonly tasks: TaskService;
  readonly logger: ServerLogger;
  /** Further pages by exact path, such as a dashboard; read by GET and HEAD. */
  readonly pages?: Routes | undefined;
  /** Around every RPC, those of `/cdc` included, and outside of ours: authentication. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/** A listening server. */
export interface HttpServer extends AsyncDisposable {
  readonly address: ServerAddress;
  /** Whether it says of itself (health, `/readyz`) that it takes requests. It starts saying no. */
  setReady(isReady: boolean): void;
  /**
   * Says NOT_SERVING, stops accepting, ends streams, lets open requests finish
   * within the grace, then cuts them. Idempotent; each call waits for the end.
   */
  stop(graceMs?: number): Promise<void>;
}

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
  const { routes, streams } = allRoutes(deps, limits, health, stopping.signal);
  const handler = guardRequests(createRequestRouter(routes), { limits, streams, logger: deps.logger });
  const listener = await PortListener.create(options, limits, handler);
  const address = await listener.listen(options.host, options.port);

  let stopped: Promise<void> | undefined;
  const stop = (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    health.setServing(false);
    stopped ??= endServer(stopping, listener, graceMs);
    return stopped;
  };
  const setReady = (isReady: boolean): void => health.setServing(isReady && stopped === undefined);
  return { address, setReady, stop, [Symbol.asyncDispose]: () => stop(0) };
}

/** Watchers of the health hear NOT_SERVING before their streams end. */
async function endServer(stopping: AbortController, listener: PortListener, graceMs: number): Promise<void> {
  await new Promise(setImmediate);
  stopping.abort();
  await listener.close(graceMs);
}

function allRoutes(
  deps: ServerDeps,
  limits: ServerLimits,
  health: HealthState,
  stopping: AbortSignal,
): { routes: Routes; streams: ReadonlySet<string> } {
  const { logger } = deps;
  const rpcs = rpcRoutes(deps.tasks, health);
  const metrics = new Metrics(deps.tasks, logger);
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
    interceptors,
    readMaxBytes: limits.maxBodyBytes,
    acceptCompression: [compressionGzip],
  });
  rpcs(router);
  const envelope = createEnvelope(createRouterTransport(rpcs, { router: { interceptors } }));
  const streaming = router.handlers.filter(({ method }) => method.methodKind !== "unary");
  const routes = new Map<string, HttpHandler>([
    ...Array.from(deps.pages ?? [], ([path, page]): [string, HttpHandler] => [path, onlyGet(page)]),
    ...probeRoutes(health),
    ["/metrics", metrics.page],
    ["/cdc", createEnvelopeHandler(envelope, limits, logger)],
    ...router.handlers.map((rpc): [string, HttpHandler] => [
      rpc.requestPath,
      createRpcHandler(rpc, limits, logger),
    ]),
  ]);
  return { routes, streams: new Set(streaming.map(({ requestPath }) => requestPath)) };
}
