import type { HealthState } from "./health-state.js";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  METHOD_PATH,
  pathOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
} from "./http-exchange.js";
import { replyJson } from "./reply.js";
import { replyRpcError } from "./rpc-answer.js";

/** Handlers by exact path. */
export type Routes = ReadonlyMap<string, HttpHandler>;

const HINT =
  "try GET / for the dashboard, POST /cdc, GET /healthz, GET /readyz, GET /metrics, or the gRPC service milvus.cdc.v1.CdcService";

const NO_SUCH_METHOD = "there is no such method here";

/** Leads a request to the handler of its path. */
export function createRequestRouter(routes: Routes): HttpHandler {
  return (request, response) => {
    const handler = routes.get(pathOf(request));
    if (handler !== undefined) handler(request, response);
    else if (isGrpc(request)) replyUnimplemented(request, response);
    else if (METHOD_PATH.test(pathOf(request))) replyRpcError(request, response, noSuchMethod(), 404);
    else replyJson(request, response, 404, { code: 404, message: `there is nothing at this path; ${HINT}` });
  };
}

function noSuchMethod(): ConnectError {
  return new ConnectError(NO_SUCH_METHOD, Code.Unimplemented);
}

function isGrpc(request: HttpRequest): boolean {
  return request.headers["content-type"]?.startsWith("application/grpc") === true;
}

/** What gRPC clients take for a method that this version does not have; an HTTP status tells most of them nothing. */
function replyUnimplemented(request: HttpRequest, response: HttpResponse): void {
  request.resume();
  response.statusCode = 200;
  response.setHeader("content-type", request.headers["content-type"] ?? "application/grpc");
  response.setHeader("grpc-status", String(Code.Unimplemented));
  response.setHeader("grpc-message", NO_SUCH_METHOD);
  response.end();
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
