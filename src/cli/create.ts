import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { credentials, type Served } from "./client.js";

const STDIN = 0;

interface Answer {
  readonly message?: string;
  readonly data?: { readonly task_id?: string; readonly plan?: object };
}

export interface CreateCommand extends Served {
  readonly file?: string;
  readonly target?: string;
  readonly collections?: readonly string[];
  readonly exclude?: readonly string[];
  readonly start?: string;
  readonly id?: string;
  readonly paused?: boolean;
  readonly dryRun?: boolean;
  readonly verifyEverySeconds?: number;
  readonly verifyLevel?: string;
}

/** Holds the target's token, which is no option: every user of the machine could read one. */
export const TOKEN_VARIABLE = "MILVUS_CDC_TARGET_TOKEN";

/**
 * Creates a task and answers its id, or answers the plan of a dry run. By the documented request, so that a file of it
 * is taken word for word.
 *
 * @throws Error with what the service says is wrong
 */
export async function createTask(command: CreateCommand, env: NodeJS.ProcessEnv): Promise<string> {
  const body = { request_type: "create", request_data: requestOf(command, env) };
  const response = await fetch(new URL("/cdc", command.server), {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials(command) },
    body: JSON.stringify(body),
  });
  const { data, message } = (await response.json()) as Answer;
  if (data?.plan !== undefined) return stringify(data.plan).trimEnd();
  if (data?.task_id === undefined) throw new Error(message ?? `the service answered ${response.status}`);
  return data.task_id;
}

function requestOf(command: CreateCommand, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { file, target, collections = ["*"], exclude = [], start, id, paused, dryRun } = command;
  const { verifyEverySeconds, verifyLevel } = command;
  const token = env[TOKEN_VARIABLE];
  const given = file === undefined ? {} : readRequest(file);
  if (file === undefined && target === undefined) throw new Error("give --target, or --file with a request");
  return {
    ...given,
    ...(target !== undefined && { milvus_connect_param: { uri: target, ...(token && { token }) } }),
    ...(file === undefined && { collection_infos: collections.map((name) => ({ name })) }),
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
