import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { check } from "../../support/promtool.js";
import { ServerHarness } from "../../support/server-harness.js";
import { retryingObservation } from "../../support/server-observations.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const ALERTS = resolve("deploy/prometheus-alerts.yaml");
const TASK = "a".repeat(32);

/** A series, with its value every minute, when to look, and the alert that there is then, if there is one. */
const CASES = [
  [`milvus_cdc_tasks{state="failed"}`, "1x10", "1m", "MilvusCdcTaskFailed"],
  [`milvus_cdc_tasks{state="failed"}`, "0x10", "1m", undefined, "MilvusCdcTaskFailed"],
  [`milvus_cdc_task_lag_seconds{task_id="${TASK}"}`, "61x10", "6m", "MilvusCdcLagging"],
  [`milvus_cdc_task_lag_seconds{task_id="${TASK}"}`, "61x10", "4m", undefined, "MilvusCdcLagging"],
  [`milvus_cdc_task_lag_seconds{task_id="${TASK}"}`, "59x10", "6m", undefined, "MilvusCdcLagging"],
  [`milvus_cdc_task_status{task_id="${TASK}",status="stalled"}`, "1x10", "3m", "MilvusCdcNotMoving"],
  [`milvus_cdc_task_status{task_id="${TASK}",status="idle"}`, "1x10", "3m", undefined, "MilvusCdcNotMoving"],
  [
    `milvus_cdc_task_retention_margin_seconds{task_id="${TASK}"}`,
    "3600x10",
    "6m",
    "MilvusCdcPositionExpires",
  ],
  [`milvus_cdc_refusals_total{reason="token_unknown",protocol="cdc"}`, "0+6x10", "10m", "MilvusCdcRefusals"],
  [
    `milvus_cdc_refusals_total{reason="token_unknown",protocol="cdc"}`,
    "0+4x10",
    "10m",
    undefined,
    "MilvusCdcRefusals",
  ],
] as const;

describe("what is in deploy/ for Prometheus", function () {
  this.timeout(120_000);
  const newPath = temporaryFolder();

  async function file(content: unknown): Promise<string> {
    const path = newPath("prom.json"); // JSON is YAML
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(content));
    return path;
  }

  it("is alert rules that Prometheus takes, and that are raised when they should be, and only then", async () => {
    assert.match(await check(["check", "rules", ALERTS]), /SUCCESS: \d+ rules found/);
    for (const [series, values, at, raised, other] of CASES) {
      const alertname = raised ?? other;
      const tests = [
        {
          interval: "1m",
          input_series: [{ series, values }],
          promql_expr_test: [
            {
              expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
              eval_time: at,
              exp_samples: [{ labels: "{}", value: raised === undefined ? 0 : 1 }],
            },
          ],
        },
      ];
      await check(["test", "rules", await file({ rule_files: [ALERTS], evaluation_interval: "1m", tests })]);
    }
  });

  it("is a dashboard whose queries Prometheus takes", async () => {
    const text = await readFile("deploy/grafana-dashboard.json", "utf8");
    const queries = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
      ([, json = ""]) => JSON.parse(json) as string,
    );
    assert.ok(queries.length > 5);
    const rules = queries.map((query, i) => ({
      record: `query:${i}`,
      expr: query.replaceAll("$__rate_interval", "1m").replaceAll(/\$\{?\w+\}?/g, ".*"),
    }));
    const groups = [{ name: "queries", rules }];
    assert.match(await check(["check", "rules", await file({ groups })]), /SUCCESS/);
    await assert.rejects(
      check([
        "check",
        "rules",
        await file({ groups: [{ name: "q", rules: [{ record: "a", expr: "sum(" }] }] }),
      ]),
    );
  });

  it("is metrics that Prometheus finds nothing to say against", async () => {
    await using harness = await ServerHarness.start();
    const body = {
      request_type: "create",
      request_data: {
        milvus_connect_param: { uri: "http://t:1" },
        collection_infos: [{ name: "*" }],
        task_id: TASK,
      },
    };
    await fetch(`${harness.url}/cdc`, { method: "POST", body: JSON.stringify(body) });
    harness.tasks.observations.set(TASK, retryingObservation("no way"));
    const metrics = await (await fetch(`${harness.url}/metrics`)).text();
    assert.match(metrics, /milvus_cdc_task_lag_seconds/);
    // those of the Node.js runtime are named by their library
    const ours = metrics.split("\n").filter((line) => /^(# (HELP|TYPE) )?milvus_cdc_/.test(line));
    assert.equal(await check(["check", "metrics"], `${ours.join("\n")}\n`), "");
  });
});
