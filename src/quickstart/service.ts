import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server, type ServerPlan } from "../sandbox/server.js";
import type { ServerDirectory } from "../sandbox/server-directory.js";
import { startServer } from "../sandbox/start-server.js";
import { CannotStartError } from "./quickstart-error.js";
import { renderServiceConfig, type ServiceConfigInput } from "./service-config.js";
import { pickFirst } from "./service-port.js";

const NAME = "milvus-cdc";
const PROGRAM = fileURLToPath(new URL("../main.js", import.meta.url));
const PROBE_TIMEOUT_MS = 2_000;

/** @throws CannotStartError before a build */
export function checkIsBuilt(): void {
  if (!existsSync(PROGRAM))
    throw new CannotStartError(`${PROGRAM} is not there: run \`npm run build\` first`);
}

/** What the service is started with; its files go into `folder`. */
export interface ServiceOptions extends Omit<ServiceConfigInput, "databasePath"> {
  readonly folder: string;
  readonly onLine: (line: string) => void;
}

interface ServicePlan extends ServerPlan {
  readonly port: number;
}

/** The service as a process of its own, started as its users start it. It ends with this process at the latest. */
export class Service extends Server {
  readonly url: string;
  readonly configFile: string;

  constructor(plan: ServicePlan, process: ConstructorParameters<typeof Server>[1]) {
    super(plan, process);
    this.url = `http://127.0.0.1:${plan.port}`;
    this.configFile = configFileIn(this.dir);
  }
}

/**
 * Starts the service and waits until it takes requests. stop() lets it drain.
 * @throws ServerStartError with the end of its log
 */
export async function startService(options: ServiceOptions, signal: AbortSignal): Promise<Service> {
  const { plan, process } = await startServer(
    {
      name: NAME,
      portCount: 1,
      root: { path: options.folder, isKept: true },
      pickPorts: pickFirst(options.port),
      progress: options.onLine,
      signal,
    },
    (directory, [port = options.port]) => prepare(options, directory, port),
  );
  return new Service(plan, process);
}

async function prepare(
  options: ServiceOptions,
  directory: ServerDirectory,
  port: number,
): Promise<ServicePlan> {
  const configFile = configFileIn(directory.path);
  const databasePath = path.join(directory.path, "milvus-cdc.db");
  await fs.writeFile(configFile, renderServiceConfig({ ...options, port, databasePath }));
  return {
    name: NAME,
    command: process.execPath,
    args: [PROGRAM, "serve", "--config", configFile],
    env: {},
    directory,
    ports: [port],
    isReady: (signal) => isServing(port, signal),
    port,
  };
}

async function isServing(port: number, signal: AbortSignal): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: bounded });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function configFileIn(folder: string): string {
  return path.join(folder, "milvus-cdc.yaml");
}
