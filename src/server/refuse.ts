import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { plainGrpcMessage } from "./grpc-message.js";
import { pathOf, type HttpRequest } from "./http-exchange.js";
import { replyJson, type Reply } from "./reply.js";

/**
 * Refuses a request before it becomes a call, in the words of its protocol: gRPC and gRPC-Web read their status from
 * headers and would take an HTTP status for something else.
 */
export function refuse(
  request: HttpRequest,
  response: Reply,
  error: ConnectError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) {
    const status = plainGrpcMessage(setTrailerStatus(new Headers(), error));
    request.resume();
    response.statusCode = 200;
    for (const [name, value] of [...Object.entries(headers), ...status]) response.setHeader(name, value);
    response.setHeader("content-type", type);
    response.end();
    return;
  }
  const status = codeToHttpStatus(error.code);
  // `/milvus.cdc.v1.CdcService/ListTasks` is Connect's
  const body = /^\/[\w.]+\/\w+$/.test(pathOf(request))
    ? errorToJson(error, undefined)
    : { code: status, message: error.rawMessage };
  replyJson(request, response, status, body, headers);
}
