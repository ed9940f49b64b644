import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";
import { assertContains } from "../../support/assert-contains.js";
import { aVerification } from "../../support/metastore-values.js";
import { ServerHarness } from "../../support/server-harness.js";
import { retryingObservation } from "../../support/server-observations.js";

const ID = "a".repeat(32);
const CREATE = {
  milvus_connect_param: { uri: "http://t:1", token: "root:x" },
  db_collections: { "*": [{ name: "*" }] },
  exclude_collections: { db: [{ name: "tmp_*" }] },
  task_id: ID,
  verify_every_seconds: 3_600,
  verify_level: "counts",
};

interface Operation {
  readonly requestBody: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;
interface Description {
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const description = parse(readFileSync("docs/openapi.yaml", "utf8")) as Description;

/** Names that an answer has and its schema lacks are faults here; for a client they are not, since more may come. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const all = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return all["type"] === "object" && !("additionalProperties" in all)
    ? { ...all, additionalProperties: false }
    : all;
}

function validatorOf(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  return ajv.compile({ ...(closed(schema) as object), components: closed(description.components) });
}

function assertValid(schema: object, value: unknown, what: string): void {
  const validate = validatorOf(schema);
  assert.ok(
    validate(value),
    `${what}: ${JSON.stringify(validate.errors?.slice(0, 5))}\n${JSON.stringify(value)}`,
  );
}

describe("docs/openapi.yaml", function () {
  this.timeout(180_000);

  /** Sends what it describes as a request, and compares the answer with what it describes as one. */
  async function call(harness: ServerHarness, path: string, body: object, status = 200): Promise<unknown> {
    const operation = description.paths[path]?.post ?? assert.fail(`nothing is said of ${path}`);
    const answer = await fetch(`${harness.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const json: unknown = await answer.json();
    assert.equal(answer.status, status, JSON.stringify(json));
    const described = operation.responses[String(status)] ?? operation.responses["default"];
    assertValid(described?.content["application/json"]?.schema ?? assert.fail(), json, path);
    if (status === 200)
      assertValid(operation.requestBody.content["application/json"]?.schema ?? {}, body, path);
    return json;
  }

  it("is OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate("docs/openapi.yaml");
    assert.ok(valid, JSON.stringify(errors));
  });

  it("says of /cdc what it takes and answers", async () => {
    await using harness = await ServerHarness.start();
    const cdc = (request_type: string, request_data: object, status?: number): Promise<unknown> =>
      call(harness, "/cdc", { request_type, request_data }, status);
    await cdc("create", CREATE);
    const created = harness.tasks.tasks.get(ID) ?? assert.fail();
    harness.tasks.tasks.set(ID, { ...created, lastVerification: aVerification({ outcome: "equal" }) });
    harness.tasks.observations.set(ID, retryingObservation("no way"));
    for (const type of ["list", "get", "position", "pause", "resume", "delete"]) {
      const json = await cdc(type, type === "list" ? {} : { task_id: ID });
      if (type === "get") assertContains(json, { data: { Task: { last_verification: {} } } });
    }
    await cdc("get", { task_id: ID }, 404);
    await cdc("create", {}, 400);
  });

  it("says of Connect's JSON what it takes and answers", async () => {
    await using harness = await ServerHarness.start();
    const connect = (method: string, body: object, status?: number): Promise<unknown> =>
      call(harness, `/milvus.cdc.v1.CdcService/${method}`, body, status);
    const collections = { dbCollections: { "*": { collectionInfos: [{ name: "*" }] } } };
    await connect("CreateTask", { milvusConnectParam: { uri: "http://t:1" }, ...collections, taskId: ID });
    harness.tasks.observations.set(ID, retryingObservation("no way"));
    await connect("ListTasks", {});
    const named = [
      "GetTask",
      "GetTaskPosition",
      "GetTaskSamples",
      "ListBlockedRecords",
      "PauseTask",
      "ResumeTask",
    ];
    for (const method of named) await connect(method, { taskId: ID });
    await connect("DeleteTask", { taskId: ID, ignoreNotFound: true });
    await connect("GetTask", { taskId: ID }, 404);
    await connect("GetTask", {}, 400);
  });

  it("refuses what the service refuses", () => {
    const validate = validatorOf(description.components.schemas["cdc.CreateTaskRequest"] ?? {});
    for (const wrong of [
      {},
      { ...CREATE, task_id: "A" },
      { ...CREATE, milvus_connect_param: { uri: "" } },
      { ...CREATE, verify_level: "all" },
    ])
      assert.equal(validate(wrong), false, JSON.stringify(wrong));
    assert.equal(validate(CREATE), true, JSON.stringify(validate.errors));
  });
});
