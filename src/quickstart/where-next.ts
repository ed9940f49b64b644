import type { Sandbox } from "../sandbox/sandbox.js";
import { taskRequest } from "./cdc-request.js";
import { renderCurl } from "./curl.js";
import { COLLECTION } from "./products.js";
import type { Service } from "./service.js";
import type { Terminal } from "./terminal.js";

const COMMANDS = [
  ["get", "how is it?"],
  ["pause", "rows wait in the source's log"],
  ["resume", "goes on where it stopped; nothing is lost"],
  ["delete", "forget the task; the target keeps its rows"],
] as const;

/** Tells what a person can try while everything runs. */
export function showWhereNext(terminal: Terminal, sandbox: Sandbox, service: Service, taskId: string): void {
  const { kafka, source, target } = sandbox;
  terminal.heading("6. Try it out, in another terminal; everything runs until Ctrl-C");
  for (const [type, meaning] of COMMANDS) {
    terminal.detail(`${type}: ${meaning}`);
    terminal.command(renderCurl(service.url, taskRequest(type, taskId)));
  }
  terminal.line(`  dashboard  ${service.url}/  tasks, lag, verification; in a browser`);
  terminal.line(`  health     ${service.url}/healthz`);
  terminal.line(
    `  source     ${source.uri}  Milvus, no password: write here, collection ${COLLECTION} or your own`,
  );
  terminal.line(`  target     ${target.uri}  Milvus, no password: read here`);
  terminal.line(`  Kafka      ${kafka.brokers.join(",")}  channels ${source.channelPrefix}-…`);
  terminal.line(`  log        tail -f ${service.logFile}`);
}
