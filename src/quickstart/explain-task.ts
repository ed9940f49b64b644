import { callCdc, describeTask } from "./cdc-api.js";
import { taskRequest } from "./cdc-request.js";
import type { Service } from "./service.js";
import type { Terminal } from "./terminal.js";

const TIMEOUT_MS = 5_000;

/** The task whose state explains a failure. */
export interface ExplainOptions {
  readonly service: Service;
  readonly taskId: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Does what depends on the task; when it fails, tells how the task is, before rejecting as it does. */
export async function explainTask(options: ExplainOptions, action: () => Promise<void>): Promise<void> {
  const { service, taskId, terminal, signal } = options;
  try {
    await action();
  } catch (error) {
    signal.throwIfAborted();
    terminal.bad(`  ${await describe(service, taskId)}`);
    throw error;
  }
}

async function describe(service: Service, taskId: string): Promise<string> {
  if (!service.isRunning) return "the service has ended";
  try {
    const answer = await callCdc(service.url, taskRequest("get", taskId), AbortSignal.timeout(TIMEOUT_MS));
    return `the task is ${describeTask(answer)}`;
  } catch (error) {
    return `the service does not answer: ${String(error)}`;
  }
}
