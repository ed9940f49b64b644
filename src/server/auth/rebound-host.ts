import { isIP } from "node:net";
import type { HttpRequest } from "../http-exchange.js";

/**
 * Whether a browser sends this for a page whose name is not this machine's. Such a name can be made to lead to
 * 127.0.0.1 after its page was loaded from elsewhere, and the browser then takes the service for the page's own server.
 */
export function isRebound({ headers }: HttpRequest): boolean {
  const isBrowser = headers["sec-fetch-site"] !== undefined || headers.origin !== undefined;
  const host = headers[":authority"]?.toString() ?? headers.host ?? "";
  return (
    isBrowser &&
    !isOwnName(
      host
        .replace(/:\d+$/, "")
        .replace(/^\[(.*)\]$/, "$1")
        .toLowerCase(),
    )
  );
}

/** An address is not found by name, so nobody else can have given it. */
function isOwnName(host: string): boolean {
  return isIP(host) !== 0 || host === "localhost" || host.endsWith(".localhost");
}
