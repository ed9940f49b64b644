import { renderBody, type CdcRequest } from "./cdc-request.js";

/** The command a person would type to send the request. */
export function renderCurl(serviceUrl: string, request: CdcRequest): string {
  return `curl -sS ${serviceUrl}/cdc -d ${quoted(renderBody(request))}`;
}

/** For a POSIX shell: nothing is special between single quotes but the single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
