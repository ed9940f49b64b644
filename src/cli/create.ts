import { readFileSync } from "node:fs";
import type { JsonObject } from "@bufbuild/protobuf";
import { parse } from "yaml";
import { COMMAND_VARIABLES } from "../model/command-variables.js";
import { serviceOf, type Served } from "./client.js";
import { structured, type Formatted } from "./format.js";
import { planText } from "./plan.js";

const STDIN = 0;

interface Answer {
  readonly message?: string;
  readonly data?: { readonly task_id?: string; readonly plan?: JsonObject };
}

export interface CreateCommand extends Served, Formatted {
  readonly file?: string;
  readonly target?: string;
  readonly collections?: readonly string[];
  readonly partitions?: readonly string[];
  readonly exclude?: readonly string[];
  readonly start?: string;
  readonly id?: string;
  readonly paused?: boolean;
  readonly dryRun?: boolean;
  readonly verifyEverySeconds?: number;
  readonly verifyLevel?: string;
}

/**
 * Creates a task and answers its id, or answers the plan of a dry run. By the documented request, so that a file of it
 * is taken word for word.
 *
 * @throws Error with what the service says is wrong
 */
export async function createTask(command: CreateCommand, env: NodeJS.ProcessEnv): Promise<string> {
  const body = { request_type: "create", request_data: requestOf(command, env) };
  const { server, credentials } = serviceOf(command, env);
  const response = await fetch(new URL("cdc", withSlash(server)), {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials },
    body: JSON.stringify(body),
  });
  const { data, message } = (await response.json()) as Answer;
  const { output } = command;
  if (data?.plan !== undefined)
    return output === "table" ? planText(data.plan) : structured(data.plan, output);
  const id = data?.task_id;
  if (id === undefined) throw new Error(message ?? `the service answered ${response.status}`);
  return output === "table" ? id : structured({ task_id: id }, output);
}

/** So that a proxy's path prefix stays part of the address. */
function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function requestOf(command: CreateCommand, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { file, target, collections = ["*"], exclude = [], start, id, paused, dryRun } = command;
  const { verifyEverySeconds, verifyLevel, partitions } = command;
  const token = env[COMMAND_VARIABLES.targetToken];
  if (file !== undefined && partitions !== undefined)
    throw new Error("give the partitions in the file, in the entry of their collection");
  const given = file === undefined ? {} : readRequest(file);
  if (file === undefined && target === undefined) throw new Error("give --target, or --file with a request");
  return {
    ...given,
    ...(target !== undefined && { milvus_connect_param: { uri: target, ...(token && { token }) } }),
    ...(file === undefined && { collection_infos: collections.map((name) => ({ name, partitions })) }),
    ...(exclude.length > 0 && { exclude_collections: { "*": exclude.map((name) => ({ name })) } }),
    ...(start !== undefined && { start_position: start }),
    ...(id !== undefined && { task_id: id }),
    ...(verifyEverySeconds !== undefined && { verify_every_seconds: verifyEverySeconds }),
    ...(verifyLevel !== undefined && { verify_level: verifyLevel }),
    ...(paused === true && { disable_auto_start: true }),
    ...(dryRun === true && { validate_only: true }),
  };
}

/** JSON is YAML. */
function readRequest(file: string): Record<string, unknown> {
  const request: unknown = parse(readFileSync(file === "-" ? STDIN : file, "utf8"));
  if (typeof request !== "object" || request === null || Array.isArray(request))
    throw new Error(`${file} is no request: it must be an object, as request_data is in the README`);
  return { ...request };
}
