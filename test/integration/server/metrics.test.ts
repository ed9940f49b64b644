import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { countsOf } from "../../../src/model/last-verification.js";
import { aVerification } from "../../support/metastore-values.js";
import { ServerHarness } from "../../support/server-harness.js";
import { retryingObservation } from "../../support/server-observations.js";
import { send } from "../../support/server-raw-client.js";

const SECRET = "s3cret";
const SAMPLE = /^([a-z_][a-z0-9_]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+\})? (-?[0-9.e+-]+|Nan|\+Inf)$/;

async function scraped(harness: ServerHarness): Promise<Map<string, number>> {
  const { status, text } = await send(harness.port, "/metrics", { method: "GET" });
  assert.equal(status, 200);
  assert.ok(!text.includes(SECRET));
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, name = "", labels = "", value] = SAMPLE.exec(line) ?? assert.fail(line);
      return [`${name}${labels}`, Number(value)];
    }),
  );
}

async function harnessWithTasks(): Promise<ServerHarness> {
  const harness = await ServerHarness.start();
  for (const [id, disable_auto_start] of [
    ["a".repeat(32), false],
    ["b".repeat(32), true],
  ] as const) {
    const body = JSON.stringify({
      request_type: "create",
      request_data: {
        task_id: id,
        disable_auto_start,
        verify_every_seconds: 3_600,
        milvus_connect_param: { uri: "http://t:1", username: "u", password: SECRET },
        collection_infos: [{ name: "*" }],
      },
    });
    const { status } = await send(harness.port, "/cdc", { method: "POST", body });
    assert.equal(status, 200);
  }
  const task = harness.tasks.tasks.get("a".repeat(32)) ?? assert.fail();
  harness.tasks.tasks.set(task.id, {
    ...task,
    lastVerification: aVerification({ counts: countsOf(() => 3n), isRepaired: true }),
  });
  harness.tasks.observations.set("a".repeat(32), retryingObservation(`no way to http://u:${SECRET}@t:1`));
  return harness;
}

describe("GET /metrics", () => {
  it("tells of tasks, collections, calls and the process, without secrets", async () => {
    await using harness = await harnessWithTasks();
    const found = await scraped(harness);
    const task = `task_id="${"a".repeat(32)}"`;
    const expected: Record<string, number> = {
      'milvus_cdc_tasks{state="running"}': 1,
      'milvus_cdc_tasks{state="initial"}': 1,
      'milvus_cdc_tasks{state="failed"}': 0,
      [`milvus_cdc_task_status{${task},status="retrying"}`]: 1,
      [`milvus_cdc_task_status{${task},status="idle"}`]: 0,
      [`milvus_cdc_task_lag_seconds{${task}}`]: 1.2346,
      [`milvus_cdc_task_retry_attempts{${task}}`]: 3,
      [`milvus_cdc_task_deleted_keys_total{${task}}`]: 2,
      [`milvus_cdc_task_skipped_records_total{${task}}`]: 4,
      [`milvus_cdc_collection_blocked{${task},database="default",collection="a"}`]: 1,
      [`milvus_cdc_collection_blocked{${task},database="default",collection="d"}`]: 0,
      [`milvus_cdc_task_last_verification_timestamp_seconds{${task}}`]: 1_700_000_000.123,
      [`milvus_cdc_task_last_verification_outcome{${task},outcome="differ"}`]: 1,
      [`milvus_cdc_task_last_verification_outcome{${task},outcome="equal"}`]: 0,
      [`milvus_cdc_task_last_verification_differences{${task},kind="extra"}`]: 3,
      [`milvus_cdc_task_last_verification_repaired_rows{${task}}`]: 6,
      [`milvus_cdc_task_verify_every_seconds{${task}}`]: 3_600,
      [`milvus_cdc_task_verification_due_timestamp_seconds{${task}}`]: 1_700_000_000.123,
      milvus_cdc_collections_without_series: 0,
      'milvus_cdc_rpc_duration_seconds_count{method="CreateTask",code="ok"}': 2,
    };
    for (const [series, value] of Object.entries(expected)) assert.equal(found.get(series), value, series);
    const initial = [...found.keys()].filter((series) => series.includes("b".repeat(32)));
    assert.ok(!initial.some((series) => series.includes("verif")), "not compared, and not due");
    assert.ok((found.get("process_resident_memory_bytes") ?? 0) > 1e6);
  });

  it("leaves out what is not known, and what is gone", async () => {
    await using harness = await harnessWithTasks();
    const id = "a".repeat(32);
    const observation = { ...retryingObservation("x"), lagMs: undefined, collections: [] };
    harness.tasks.observations.set(id, observation);
    const some = [...(await scraped(harness)).keys()];
    assert.ok(
      !some.some((series) => series.startsWith("milvus_cdc_task_lag") || series.includes("collection=")),
    );
    harness.tasks.tasks.delete(id);
    assert.ok(![...(await scraped(harness)).keys()].some((series) => series.includes(id)));
  });

  it("counts calls that fail by their code, and answers 503 when tasks cannot be read", async () => {
    await using harness = await harnessWithTasks();
    const body = JSON.stringify({ request_type: "get", request_data: { task_id: "c".repeat(32) } });
    await send(harness.port, "/cdc", { method: "POST", body });
    const found = await scraped(harness);
    assert.equal(found.get('milvus_cdc_rpc_duration_seconds_count{method="GetTask",code="not_found"}'), 1);
    harness.tasks.failure = { thrown: new Error(SECRET) };
    const { status, text } = await send(harness.port, "/metrics", { method: "GET" });
    assert.equal(status, 503);
    assert.ok(!text.includes(SECRET));
  });

  it("bounds the series of collections", async () => {
    await using harness = await harnessWithTasks();
    const observation = retryingObservation("x");
    const [first] = observation.collections;
    assert.ok(first);
    const collections = Array.from({ length: 2_500 }, (_, i) => ({
      ...first,
      collection: { ...first.collection, source: { database: "d", name: `c${i}` } },
    }));
    harness.tasks.observations.set("a".repeat(32), { ...observation, collections });
    const found = await scraped(harness);
    assert.equal(found.get("milvus_cdc_collections_without_series"), 500);
    const blocked = [...found.keys()].filter((series) => series.startsWith("milvus_cdc_collection_blocked"));
    assert.equal(blocked.length, 2_000);
  });

  for (const file of ["deploy/prometheus-alerts.yaml", "deploy/grafana-dashboard.json"])
    it(`has every series that ${file} asks for`, async () => {
      await using harness = await harnessWithTasks();
      const names = [...(await scraped(harness)).keys()].map((series) => series.replace(/\{.*/, ""));
      const text = readFileSync(file, "utf8");
      assert.ok(parse(text));
      const asked = [...text.matchAll(/\b(?:milvus_cdc|process|nodejs)_[a-z_]+\b/g)].map(([name]) => name);
      assert.ok(asked.length > 0);
      for (const name of asked) assert.ok(names.includes(name), name);
    });
});
