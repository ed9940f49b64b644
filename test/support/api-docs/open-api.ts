import type { DescMethod } from "@bufbuild/protobuf";
import { format } from "prettier";
import { stringify } from "yaml";
import { commentOf, readApiDescriptors, type ApiDescriptors } from "./api-descriptors.js";
import {
  enumSchema,
  messageSchema,
  referenceTo,
  schemaName,
  type Dialect,
  type JsonSchema,
} from "./json-schema.js";

const INTRODUCTION = `Written from proto/milvus/cdc/v1; a test holds both equal. /cdc has the names of the proto files, Connect answers in
camelCase and takes either. WatchTasks, VerifyTask and SwitchoverTask are streams, which this format cannot describe: docs/api.md
has them. What is refused beyond these schemas answers 400 with the field and what to do.`;

/** `request_type` of /cdc, the method that it calls, and the name under which its answer is found, if it has one. */
const REQUEST_TYPES = {
  create: "CreateTask",
  list: "ListTasks",
  get: "GetTask",
  pause: "PauseTask",
  resume: "ResumeTask",
  delete: "DeleteTask",
  position: "GetTaskPosition",
} as const;

const JSON_TYPE = "application/json";
const PROBE: JsonSchema = {
  type: "object",
  properties: { code: { type: "integer" }, status: { type: "string" }, message: { type: "string" } },
  required: ["code"],
};

/** Such as google.rpc.BadRequest, which names fields. */
const DETAIL: JsonSchema = {
  type: "object",
  properties: {
    type: { type: "string" },
    value: { type: "string", contentEncoding: "base64" },
    debug: { type: "object", additionalProperties: true },
  },
  required: ["type", "value"],
};

/** `docs/openapi.yaml` as it has to be. */
export function openApiText(api: ApiDescriptors = readApiDescriptors()): Promise<string> {
  const text = stringify(openApi(api), { aliasDuplicateObjects: false, lineWidth: 0 });
  return format(text, { parser: "yaml", printWidth: 120 });
}

function openApi(api: ApiDescriptors): JsonSchema {
  const unary = api.service.methods.filter(({ methodKind }) => methodKind === "unary");
  return {
    openapi: "3.1.0",
    info: { title: "Milvus CDC Service", version: "v1", description: INTRODUCTION.replaceAll("\n", " ") },
    servers: [{ url: "http://127.0.0.1:8444" }],
    // also none: a service may answer everybody, or know callers by their certificates
    security: [{ token: [] }, {}],
    paths: {
      "/cdc": { post: cdcOperation(api) },
      ...Object.fromEntries(
        unary.map((method) => [
          `/${api.service.typeName}/${method.name}`,
          { post: connectOperation(method) },
        ]),
      ),
      "/healthz": { get: probeOperation("isAlive", "The process answers.") },
      "/readyz": { get: probeOperation("isReady", "It takes requests; 503 while it starts or stops.") },
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: schemasOf(api),
    },
  };
}

function schemasOf({ messages, enums }: ApiDescriptors): JsonSchema {
  const dialects: readonly Dialect[] = ["cdc", "connect"];
  const all = dialects.flatMap((dialect) =>
    messages.map((message) => [schemaName(message, dialect), messageSchema(message, dialect)] as const),
  );
  return {
    "cdc.Error": {
      type: "object",
      properties: { code: { type: "integer", description: "The HTTP status." }, message: { type: "string" } },
      required: ["code", "message"],
    },
    "connect.Error": {
      type: "object",
      properties: {
        code: { type: "string", description: "Of Connect, such as not_found." },
        message: { type: "string" },
        details: { type: "array", items: DETAIL },
      },
      required: ["code"],
    },
    ...Object.fromEntries(enums.map((desc) => [schemaName(desc, "cdc"), enumSchema(desc)])),
    ...Object.fromEntries(all),
  };
}

function cdcOperation({ service }: ApiDescriptors): JsonSchema {
  const calls = Object.entries(REQUEST_TYPES).map(([type, name]) => {
    const method = service.methods.find((one) => one.name === name);
    if (method === undefined) throw new Error(`there is no method ${name}`);
    return { type, method };
  });
  return {
    operationId: "cdc",
    summary: "The documented HTTP API.",
    requestBody: { required: true, content: json({ oneOf: calls.map(cdcRequest) }) },
    responses: {
      "200": { description: "It is done.", content: json({ anyOf: calls.map(cdcAnswer) }) },
      default: failure("cdc.Error"),
    },
  };
}

function cdcRequest({ type, method }: { type: string; method: DescMethod }): JsonSchema {
  return {
    type: "object",
    title: type,
    properties: { request_type: { const: type }, request_data: referenceTo(method.input, "cdc") },
    required: ["request_type", ...(method.input.fields.length > 0 ? ["request_data"] : [])],
  };
}

/** `get` writes Task with a capital, as the documented answer does. */
function cdcAnswer({ type, method }: { type: string; method: DescMethod }): JsonSchema {
  const [task] = method.output.fields;
  const data =
    type === "get" && task?.message !== undefined
      ? { type: "object", properties: { Task: referenceTo(task.message, "cdc") }, required: ["Task"] }
      : referenceTo(method.output, "cdc");
  return {
    type: "object",
    title: type,
    properties: { code: { const: 200 }, data },
    required: ["code", "data"],
  };
}

function connectOperation(method: DescMethod): JsonSchema {
  const description = commentOf(method);
  return {
    operationId: method.localName,
    ...(description !== "" && { summary: description }),
    requestBody: { required: true, content: json(referenceTo(method.input, "connect")) },
    responses: {
      "200": { description: "It is done.", content: json(referenceTo(method.output, "connect")) },
      default: failure("connect.Error"),
    },
  };
}

function probeOperation(operationId: string, summary: string): JsonSchema {
  return { operationId, summary, responses: { default: { description: summary, content: json(PROBE) } } };
}

function failure(schema: string): JsonSchema {
  return { description: "It is not done.", content: json({ $ref: `#/components/schemas/${schema}` }) };
}

function json(schema: JsonSchema): JsonSchema {
  return { [JSON_TYPE]: { schema } };
}
