import type { Sandbox } from "../sandbox/sandbox.js";
import { callCdc } from "./cdc-api.js";
import { createTaskRequest } from "./cdc-request.js";
import { renderCurl } from "./curl.js";
import { QuickstartError } from "./quickstart-error.js";
import { startService, type Service } from "./service.js";
import { chooseServicePort } from "./service-port.js";
import { runStep } from "./step.js";
import type { Terminal } from "./terminal.js";

const START_TIMEOUT_MS = 60_000;
const CALL_TIMEOUT_MS = 30_000;

/** Where the service gets its port and its folder from. */
export interface BeginOptions {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly port: number | undefined;
  readonly terminal: Terminal;
}

/** Starts the service and tells how a person would do it. */
export async function beginService(options: BeginOptions, signal: AbortSignal): Promise<Service> {
  const { sandbox, folder, terminal } = options;
  terminal.heading("2. The service");
  const onTaken = (taken: number): void => terminal.line(`  port ${taken} is taken, another one is used`);
  const port = await chooseServicePort(options.port, onTaken);
  const onLine = (line: string): void => terminal.detail(line);
  const step = { what: "starting the service", timeoutMs: START_TIMEOUT_MS, signal };
  const service = await runStep(step, (bounded) =>
    startService(
      {
        port,
        folder,
        onLine,
        sourceUri: sandbox.source.uri,
        brokers: sandbox.kafka.brokers,
        channelPrefix: sandbox.source.channelPrefix,
      },
      bounded,
    ),
  );
  terminal.command(`  node dist/main.js serve --config ${service.configFile}`);
  terminal.line(`  ready on ${service.url}, its log is ${service.logFile}`);
  return service;
}

/** Creates a task by the documented request, shows it and its answer. @returns the task's id */
export async function beginTask(
  { sandbox, terminal }: BeginOptions,
  service: Service,
  signal: AbortSignal,
): Promise<string> {
  const request = createTaskRequest(sandbox.target.uri);
  terminal.heading("3. A task: what changes on the source, every collection, goes to the target");
  terminal.command(renderCurl(service.url, request));
  const step = { what: "creating the task", timeoutMs: CALL_TIMEOUT_MS, signal };
  const { text, data } = await runStep(step, (bounded) => callCdc(service.url, request, bounded));
  terminal.line(`  ${text}`);
  const taskId = data["task_id"];
  if (typeof taskId !== "string") throw new QuickstartError(`the answer holds no task_id: ${text}`);
  return taskId;
}
