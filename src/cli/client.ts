import { readFileSync } from "node:fs";
import { createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Option } from "commander";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { COMMAND_VARIABLES } from "../model/command-variables.js";
import { contextsFile, readContexts, type Context } from "./contexts.js";

const DEFAULT_SERVER = "http://127.0.0.1:8444";

export type CdcClient = Client<typeof CdcService>;

/** What every command that asks a service takes. */
export interface Served {
  readonly server?: string;
  readonly tokenFile?: string;
}

/** The service that a command asks, and the headers that say who asks; none when there is no token. */
export interface Service {
  readonly server: string;
  readonly credentials: Readonly<Record<string, string>>;
}

/** Its variable counts as given. */
export function serverOption(): Option {
  return new Option(
    "--server <url>",
    `where the service answers; else the current context, else ${DEFAULT_SERVER}`,
  ).env(COMMAND_VARIABLES.server);
}

/** No option for the token itself: every user of the machine could read it. */
export function tokenFileOption(): Option {
  return new Option(
    "--token-file <file>",
    `holds your token for the service; else ${COMMAND_VARIABLES.token}, else the current context's file`,
  );
}

/**
 * The service that was given, else that of the current context, else a local one. A context's token is shown to its own
 * service only.
 *
 * @throws Error when the contexts or the token cannot be read
 */
export function serviceOf({ server = "", tokenFile }: Served, env: NodeJS.ProcessEnv): Service {
  const context = server === "" ? currentContext(env) : { server }; // an empty variable is none
  const credentials = headersOf(tokenOf(tokenFile, context, env));
  return { server: context?.server ?? DEFAULT_SERVER, credentials };
}

/** Connects with the first call. @throws Error as serviceOf does */
export function clientOf(served: Served): CdcClient {
  const { server, credentials } = serviceOf(served, process.env);
  const authorize: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(credentials)) request.header.set(name, value);
    return next(request);
  };
  return createClient(CdcService, createGrpcTransport({ baseUrl: server, interceptors: [authorize] }));
}

function currentContext(env: NodeJS.ProcessEnv): Context | undefined {
  const { current, contexts } = readContexts(contextsFile(env));
  return current === undefined ? undefined : contexts[current];
}

function tokenOf(file: string | undefined, context: Context | undefined, env: NodeJS.ProcessEnv): string {
  if (file !== undefined) return readFileSync(file, "utf8").trim();
  const given = env[COMMAND_VARIABLES.token]?.trim() ?? "";
  if (given !== "" || context?.token_file === undefined) return given;
  return readFileSync(context.token_file, "utf8").trim();
}

function headersOf(token: string): Readonly<Record<string, string>> {
  return token === "" ? {} : { authorization: `Bearer ${token}` };
}
