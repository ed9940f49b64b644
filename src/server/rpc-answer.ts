import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { plainGrpcMessage } from "./grpc-message.js";
import type { HttpRequest, HttpResponse } from "./http-exchange.js";
import { BodyError } from "./read-body.js";
import { replyJson } from "./reply.js";

/** Writes what Connect answers. */
export async function answerRpc(
  request: HttpRequest,
  response: HttpResponse,
  universal: UniversalServerResponse,
) {
  if (universal.status === 405) response.setHeader("allow", "POST");
  // clients of gRPC go by the status and read no such body
  const isGrpc = request.headers["content-type"]?.startsWith("application/grpc") === true;
  if (universal.body === undefined && universal.status >= 400 && !isGrpc) {
    replyRpcError(
      request,
      response,
      new ConnectError(hints[universal.status] ?? "no such call", Code.Unknown),
      universal.status,
    );
    return;
  }
  await universalResponseToNodeResponse(
    {
      ...universal,
      // Complete only after the body, so it must be read late.
      get trailer() {
        return universal.trailer && plainGrpcMessage(universal.trailer);
      },
    },
    response,
  );
}

const hints: Readonly<Record<number, string>> = {
  405: "send a POST request",
  415: "send content-type application/json with a JSON body, or use a gRPC client",
  505: "this call needs HTTP/2",
};

/** Answers a request that did not become a call, by the Connect protocol; gRPC clients go by the HTTP status. */
export function replyRpcError(request: HttpRequest, response: HttpResponse, error: unknown, status?: number) {
  const rpcError = requestError(error);
  replyJson(request, response, status ?? codeToHttpStatus(rpcError.code), errorToJson(rpcError, undefined));
}

function requestError(error: unknown): ConnectError {
  if (error instanceof BodyError) {
    const code = error.kind === "too-large" ? Code.ResourceExhausted : Code.DeadlineExceeded;
    return new ConnectError(error.message, code, undefined, undefined, error);
  }
  if (error instanceof ConnectError) return error;
  return new ConnectError("the request cannot be answered", Code.Internal, undefined, undefined, error);
}
