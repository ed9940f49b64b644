import { cancelStream } from "./cancel-stream.js";
import type { HttpRequest } from "./http-exchange.js";

/** Cuts an HTTP/2 request whose body does not come in; HTTP/1.1 servers have a time-out of their own, with an answer. */
export function limitBodyTime(request: HttpRequest, bodyTimeoutMs: number): void {
  if (!("stream" in request)) return;
  // Destroying the request would leave its stream open.
  const timer = setTimeout(() => cancelStream(request.stream), bodyTimeoutMs);
  const stop = (): void => clearTimeout(timer);
  request.once("end", stop).once("close", stop);
}
