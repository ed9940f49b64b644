import type { CdcRequest } from "./cdc-api.js";

/** The command a person would type to send the request. */
export function renderCurl(serviceUrl: string, request: CdcRequest): string {
  return `curl -sS ${serviceUrl}/cdc -d ${quoted(renderBody(request))}`;
}

/** The JSON of a request, small enough to read. */
export function renderBody(request: CdcRequest): string {
  return JSON.stringify(request);
}

/** For a POSIX shell: nothing is special between single quotes but the single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
