import type { HealthState } from "./health-state.js";
import { pathOf, type HttpHandler } from "./http-exchange.js";
import { replyJson } from "./reply.js";

/** Handlers by exact path. */
export type Routes = ReadonlyMap<string, HttpHandler>;

const HINT = "try POST /cdc, GET /healthz, GET /readyz, or the gRPC service milvus.cdc.v1.CdcService";

/** Leads a request to the handler of its path. */
export function createRequestRouter(routes: Routes): HttpHandler {
  return (request, response) => {
    const handler = routes.get(pathOf(request));
    if (handler !== undefined) handler(request, response);
    else replyJson(request, response, 404, { code: 404, message: `there is nothing at this path; ${HINT}` });
  };
}

/** `/healthz`: the process answers. `/readyz`: and takes requests. */
export function probeRoutes(health: HealthState): Routes {
  return new Map([
    ["/healthz", probe(() => true)],
    ["/readyz", probe(() => health.isServing)],
  ]);
}

function probe(isWell: () => boolean): HttpHandler {
  return onlyGet((request, response) => {
    if (isWell()) replyJson(request, response, 200, { code: 200, status: "ok" });
    else replyJson(request, response, 503, { code: 503, message: "the service is starting or stopping" });
  });
}

/** A page that is but read: GET and HEAD. */
export function onlyGet(handler: HttpHandler): HttpHandler {
  return (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") handler(request, response);
    else
      replyJson(
        request,
        response,
        405,
        { code: 405, message: "only GET is supported here" },
        { allow: "GET, HEAD" },
      );
  };
}
