import { cancelStream } from "./cancel-stream.js";
import type { HttpRequest, HttpResponse } from "./http-exchange.js";
import { whenOver } from "./when-over.js";

/**
 * Cuts an answer that its client does not take, after once to twice the time: a client of HTTP/2 that opens no window
 * would keep its requests open for ever, and enough of them are all that the service takes. A stream's answer
 * goes on until it was ended.
 */
export function cutUntaken(
  request: HttpRequest,
  response: HttpResponse,
  isStream: boolean,
  ms: number,
): void {
  let isWaiting = false;
  const timer = setInterval(() => {
    if (isWaiting) cut(response);
    isWaiting = response.writableEnded || (response.headersSent && !isStream);
  }, ms);
  whenOver(request, response, () => clearInterval(timer));
}

function cut(response: HttpResponse): void {
  if ("stream" in response) cancelStream(response.stream);
  else response.destroy();
}
