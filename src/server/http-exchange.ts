import type * as http from "node:http";
import type * as http2 from "node:http2";

/** A request by HTTP/1.1 or HTTP/2. */
export type HttpRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type HttpResponse = http.ServerResponse | http2.Http2ServerResponse;

/** Answers one request. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** `/package.Service/Method`, where clients of Connect expect its errors. */
export const METHOD_PATH = /^\/(?:\w+\.)+\w+\/\w+$/;

/** The path without its query. */
export function pathOf(request: HttpRequest): string {
  return request.url?.split("?", 1)[0] ?? "";
}

/** Aborts when the client goes away before the answer is complete. */
export function clientSignal(response: HttpResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
