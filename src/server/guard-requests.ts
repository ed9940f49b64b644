import { cutUntaken } from "./cut-untaken.js";
import { pathOf, type HttpHandler, type HttpRequest } from "./http-exchange.js";
import { addressOf, protocolOf, type OnRefused } from "./refusals/refusal.js";
import { replyJson } from "./reply.js";
import type { ServerLogger } from "./server-logger.js";
import type { ServerLimits } from "./server-options.js";

export interface Guard {
  readonly limits: Pick<ServerLimits, "answerTimeoutMs">;
  /** Paths whose answers are streams. */
  readonly streams: ReadonlySet<string>;
  readonly logger: ServerLogger;
  readonly onRefused: OnRefused;
}

/** What browsers say of a page that another server has sent. */
const FOREIGN: ReadonlySet<string> = new Set(["cross-site", "same-site"]);

/**
 * What holds for every request: a bound on how long its answer waits, no calls from
 * other web sites' pages (a browser would send them to a service on localhost),
 * and no error that gets out and ends the process.
 */
export function guardRequests(
  handler: HttpHandler,
  { limits, streams, logger, onRefused }: Guard,
): HttpHandler {
  return (request, response) => {
    // An unheard error event ends the process; the client's going is seen elsewhere.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    cutUntaken(request, response, streams.has(pathOf(request)), limits.answerTimeoutMs);
    if (isFromOtherSite(request)) {
      onRefused({ reason: "other_site", protocol: protocolOf(request), from: addressOf(request) });
      replyJson(request, response, 403, { code: 403, message: "requests from other web sites are refused" });
      return;
    }
    try {
      handler(request, response);
    } catch (error) {
      logger.error({ err: error }, "request failed");
      replyJson(request, response, 500, {
        code: 500,
        message: "internal error; the log of the service has the details",
      });
    }
  };
}

function isFromOtherSite({ headers, method }: HttpRequest): boolean {
  // another port of this host, or another host of the same domain, is another site's page as well
  return method !== "GET" && method !== "HEAD" && FOREIGN.has(headers["sec-fetch-site"]?.toString() ?? "");
}
