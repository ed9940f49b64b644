import { setMaxListeners } from "node:events";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { AuthRules } from "../model/caller.js";
import { AccessGuard } from "./auth/guard-access.js";
import { boundRequests } from "./bound-requests.js";
import { guardRequests } from "./guard-requests.js";
import { HealthState } from "./health-state.js";
import { PortListener, type ServerAddress } from "./port-listener.js";
import { logRefusals } from "./refusals/log-refusals.js";
import type { OnRefused } from "./refusals/refusal.js";
import { pathOf, type HttpHandler } from "./http-exchange.js";
import { createRequestRouter, probeRoutes } from "./request-router.js";
import { serviceRoutes } from "./service-routes.js";
import { Metrics } from "./metrics/metrics.js";
import type { ServerDeps } from "./server-deps.js";
import type { ServerLogger } from "./server-logger.js";
import { readTlsFiles } from "./tls-files.js";
import { TlsReload } from "./tls-reload.js";
import { defaultLimits, type ServerOptions } from "./server-options.js";

/** A listening server. */
export interface HttpServer extends AsyncDisposable {
  readonly address: ServerAddress;
  /** Whether it says of itself (health, `/readyz`) that it takes requests. It starts saying no. */
  setReady(isReady: boolean): void;
  /**
   * Answers others from now on, and looks whether its certificate files have changed. What is under way goes on, but for
   * streams of those who may not have them any more.
   */
  reload(rules: AuthRules | undefined): Promise<void>;
  /**
   * Says NOT_SERVING, stops accepting, ends streams, lets open requests finish
   * within the grace, then cuts them. Idempotent; each call waits for the end.
   */
  stop(graceMs?: number): Promise<void>;
}

/** For balancers and orchestrators, which have no credentials. */
const healthMethods = Object.values(Health.method).map(({ name }) => `/${Health.typeName}/${name}`);
const DEFAULT_GRACE_MS = 10_000;

/**
 * Serves `tasks` on one port, by gRPC, gRPC-Web, Connect and `POST /cdc`.
 *
 * @throws CdcError LISTEN_FAILED
 */
export async function createHttpServer(deps: ServerDeps, options: ServerOptions): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const stopping = new AbortController();
  // every stream listens
  setMaxListeners(0, stopping.signal);
  const health = new HealthState([CdcService.typeName]);
  const probes = probeRoutes(health);
  const open = new Set([...(deps.pages?.keys() ?? []), ...probes.keys(), ...healthMethods]);
  const metrics = new Metrics(deps.tasks, deps.logger);
  const onRefused = refusalsTo(metrics, deps.logger);
  const access = new AccessGuard(deps.auth, (path) => open.has(path), onRefused);
  const made = { ...deps, access, metrics, onRefused, health, stopping: stopping.signal };
  const { routes, streams } = serviceRoutes(made, limits);
  const router = createRequestRouter(routes);
  const bounded = (most: number) => boundRequests(router, most, onRefused);
  const anybody = bounded(limits.maxInFlightOfAnybody);
  // they are answered at once, whatever else goes on: an orchestrator ends a process that does not answer them
  const unknown: HttpHandler = (request, response) =>
    (probes.get(pathOf(request)) ?? anybody)(request, response);
  const guarded = access.guard(bounded(limits.maxInFlight), unknown);
  const handler = guardRequests(guarded, { limits, streams, logger: deps.logger, onRefused });
  const tlsFiles = options.tls && (await readTlsFiles(options.tls));
  const listener = new PortListener(limits, handler, tlsFiles, onRefused);
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

function refusalsTo(metrics: Metrics, logger: ServerLogger): OnRefused {
  const log = logRefusals(logger);
  return (refusal) => {
    metrics.countRefusal(refusal);
    log(refusal);
  };
}

/** Watchers of the health hear NOT_SERVING before their streams end. */
async function endServer(stopping: AbortController, listener: PortListener, graceMs: number): Promise<void> {
  await new Promise(setImmediate);
  stopping.abort();
  await listener.close(graceMs);
}
