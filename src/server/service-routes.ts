import { createConnectRouter, createRouterTransport } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import { createValidateInterceptor } from "@connectrpc/validate";
import { auditCalls } from "./auth/audit-calls.js";
import { authorize } from "./auth/authorize.js";
import { endRevoked } from "./auth/end-revoked.js";
import type { AccessGuard } from "./auth/guard-access.js";
import { isOpen } from "./auth/needed-role.js";
import { callDeadline } from "./call-deadline.js";
import { endStreams } from "./end-streams.js";
import { createEnvelope } from "./envelope.js";
import { createEnvelopeHandler } from "./envelope-handler.js";
import type { HealthState } from "./health-state.js";
import type { HttpHandler } from "./http-exchange.js";
import { logCalls } from "./log-calls.js";
import { mapErrors } from "./map-errors.js";
import type { Metrics } from "./metrics/metrics.js";
import type { OnRefused } from "./refusals/refusal.js";
import { onlyGet, type Routes } from "./request-router.js";
import { createRpcHandler } from "./rpc-handler.js";
import { rpcRoutes } from "./rpc-routes.js";
import type { ServerDeps } from "./server-deps.js";
import type { ServerLimits } from "./server-options.js";
import { takeTurns } from "./take-turns.js";

/** Of what anybody may send; all of it is in memory before it is looked at. */
const PROBE_MAX_BYTES = 4_096;

interface RouteDeps extends ServerDeps {
  readonly access: AccessGuard;
  readonly metrics: Metrics;
  readonly onRefused: OnRefused;
  readonly health: HealthState;
  readonly stopping: AbortSignal;
}

/** Everything that can be asked for but the probes, and which of it is answered by streams. */
export function serviceRoutes(
  deps: RouteDeps,
  limits: ServerLimits,
): { routes: Routes; streams: ReadonlySet<string> } {
  const { logger, access, metrics, onRefused, health, stopping } = deps;
  const rpcs = rpcRoutes(deps.tasks, health);
  // outside of all others, and of `/cdc` outside of its transport, which does not pass on who calls
  const guards = [
    auditCalls(logger),
    // what it refuses is in the audit log
    authorize(metrics.countRefusal),
    endRevoked(access.onRules, onRefused),
  ];
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
  const limitsOf = ({ method }: UniversalHandler): ServerLimits =>
    isOpen(method) ? { ...limits, maxBodyBytes: PROBE_MAX_BYTES } : limits;
  const streaming = router.handlers.filter(({ method }) => method.methodKind !== "unary");
  const routes = new Map<string, HttpHandler>([
    ...Array.from(deps.pages ?? [], ([path, page]): [string, HttpHandler] => [path, onlyGet(page)]),
    ["/metrics", metrics.page],
    ["/cdc", createEnvelopeHandler(envelope, limits, logger, access.context)],
    ...router.handlers.map((rpc): [string, HttpHandler] => [
      rpc.requestPath,
      createRpcHandler(rpc, limitsOf(rpc), logger, access.context),
    ]),
  ]);
  return { routes, streams: new Set(streaming.map(({ requestPath }) => requestPath)) };
}
