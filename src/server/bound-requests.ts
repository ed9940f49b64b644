import type { HttpHandler } from "./http-exchange.js";
import { addressOf, protocolOf, type OnRefused } from "./refusals/refusal.js";
import { replyJson } from "./reply.js";
import { whenOver } from "./when-over.js";

/** Answers 429 to a request while as many as may be are open. */
export function boundRequests(handler: HttpHandler, most: number, onRefused: OnRefused): HttpHandler {
  let open = 0;
  return (request, response) => {
    if (open >= most) {
      onRefused({ reason: "requests_open", protocol: protocolOf(request), from: addressOf(request) });
      const body = { code: 429, message: "too many requests are open; send it again later" };
      replyJson(request, response, 429, body, { "retry-after": "1" });
      return;
    }
    open++;
    whenOver(request, response, () => open--);
    handler(request, response);
  };
}
