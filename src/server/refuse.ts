import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJson,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { plainGrpcMessage } from "./grpc-message.js";
import { METHOD_PATH, pathOf, type HttpRequest } from "./http-exchange.js";
import { replyBytes, replyJson, type Reply } from "./reply.js";

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
  const body = METHOD_PATH.test(pathOf(request))
    ? errorToJson(error, undefined)
    : { code: status, message: error.rawMessage };
  replyJson(request, response, status, body, headers);
}

/**
 * Refuses a call in frames whose body is not worth being read. Unlike those of the door, its caller is known, and waits for
 * an end in the words of its protocol, which for Connect's streams is a frame.
 */
export function refuseFramed(request: HttpRequest, response: Reply, error: ConnectError): void {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("application/connect+")) {
    refuse(request, response, error);
    return;
  }
  const end = JSON.stringify(endStreamToJson(new Headers(), error, undefined));
  const frame = Buffer.from(encodeEnvelope(endStreamFlag, Buffer.from(end)));
  replyBytes(request, response, 200, frame, { "content-type": type });
}
