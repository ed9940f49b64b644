import { renderBody, type CdcRequest } from "./cdc-request.js";
import { QuickstartError } from "./quickstart-error.js";

/** What the service said, as text, with the parts the quickstart looks at. */
export interface CdcAnswer {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Sends a request as curl would. @throws QuickstartError unless it answers 200 */
export async function callCdc(
  serviceUrl: string,
  request: CdcRequest,
  signal: AbortSignal,
): Promise<CdcAnswer> {
  const response = await fetch(`${serviceUrl}/cdc`, { method: "POST", body: renderBody(request), signal });
  const text = (await response.text()).trim();
  const answer: unknown = parseJson(text);
  const data = isRecord(answer) ? answer["data"] : undefined;
  if (!response.ok || !isRecord(data)) {
    throw new QuickstartError(
      `the service answered ${response.status} to "${request.request_type}": ${text}`,
    );
  }
  return { text, data };
}

/** State of a task and, when it is in trouble, why; for people. */
export function describeTask({ data }: CdcAnswer): string {
  const task = isRecord(data["Task"]) ? data["Task"] : {};
  const health = isRecord(task["health"]) ? task["health"] : {};
  const lastError = isRecord(health["last_error"]) ? health["last_error"] : {};
  const trouble =
    task["reason"] === undefined ? [lastError["message"], lastError["remedy"]] : [task["reason"]];
  return [task["state"], ...trouble].filter((part) => typeof part === "string").join("; ");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
