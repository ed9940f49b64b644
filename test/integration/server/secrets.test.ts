import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { SqliteMetastore } from "../../../src/metastore/sqlite/sqlite-metastore.js";
import { pickFreePorts } from "../../../src/sandbox/free-ports.js";
import { aTask } from "../../support/metastore-values.js";
import { eventually } from "../../support/eventually.js";
import { OtlpReceiver } from "../../support/otlp-receiver.js";
import { send } from "../../support/server-raw-client.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** In no output of the service may one of these be, in whatever encoding a library might choose. */
const PLANTED = {
  targetToken: "planted-target-token",
  targetPassword: "planted-target-password",
  uriPassword: "planted-uri-password",
  sourceToken: "planted-source-token",
  kafkaPassword: "planted-kafka-password",
  callerToken: "planted-caller-token-0123456789abcdef",
  wrongToken: "planted-wrong-token-0123456789abcdef",
  collectorToken: "planted-collector-token",
};
const KEY = "c0ffee".repeat(10) + "abcd";
const CASES = Object.values(PLANTED).flatMap((secret) => [
  secret,
  Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -2),
  Buffer.from(secret).toString("hex"),
]);

function assertNone(text: string, where: string): void {
  for (const secret of [...CASES, KEY, KEY.slice(8, 40)])
    assert.ok(!text.includes(secret), `${where} holds a secret: ${secret}`);
}

/** The program with everything it writes. */
class Program {
  readonly child: ChildProcess;
  output = "";

  constructor(config: string, env: Record<string, string> = {}) {
    const args = ["--trace-warnings", "dist/main.js", "serve", "--config", config];
    this.child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (bytes: Buffer) => (this.output += bytes.toString()));
  }

  async ended(): Promise<number | null> {
    const [code] = (await once(this.child, "close")) as [number | null];
    return code;
  }
}

describe("What the service knows and does not tell", function () {
  this.timeout(180_000);
  const newPath = temporaryFolder();

  it("is in no file, log, metric, trace, answer, error or crash", async () => {
    await using collector = await OtlpReceiver.start();
    const folder = dirname(newPath());
    mkdirSync(folder);
    const path = join(folder, "cdc.db");
    const running = aTask({ id: "a".repeat(32), state: "Running" });
    {
      await using store = SqliteMetastore.open(path); // in clear: the first start with a key encrypts it
      const connectParam = {
        uri: `http://u:${PLANTED.uriPassword}@127.0.0.1:1`,
        token: PLANTED.targetToken,
        connectTimeoutSeconds: 1,
      };
      await store.createTask({ ...running, spec: { ...running.spec, connectParam } }, [], []);
    }
    writeFileSync(join(folder, "token"), PLANTED.callerToken);
    const [port = 0] = await pickFreePorts(1);
    const config = {
      listen: { port },
      auth: { tokens: [{ name: "op", role: "admin", token_file: join(folder, "token") }] },
      metastore: { path, encryption: {} },
      sources: {
        default: {
          milvus: { uri: "http://127.0.0.1:1", token: PLANTED.sourceToken, connect_timeout_ms: 500 },
          kafka: {
            brokers: ["127.0.0.1:1"],
            sasl: { mechanism: "plain", username: "u", password: PLANTED.kafkaPassword },
          },
        },
      },
      tracing: { otlp_endpoint: collector.url },
      log: { level: "trace" },
    };
    const configPath = join(folder, "config.yaml");
    writeFileSync(configPath, JSON.stringify(config));
    const program = new Program(configPath, {
      MILVUS_CDC_METASTORE_ENCRYPTION_KEY: KEY,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${PLANTED.collectorToken}`,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    });
    await eventually(async () => {
      assert.equal((await send(port, "/readyz", { method: "GET" })).status, 200);
    }, 60_000);

    const answers = await ask(port);
    await eventually(async () => {
      const { text } = await cdc(port, "get", { task_id: running.id });
      assert.match(text, /"last_error"|"reason"/);
      answers.push(text);
    }, 30_000);
    assert.ok(answers.length > 15);
    for (const [i, text] of answers.entries()) assertNone(text, `answer ${i}`);
    assertNone(onDisk(folder, ["cdc.db"]), "the metastore while it is used");
    await eventually(() => {
      const traced = new Set(collector.spans.map(({ name }) => name.split("/")[1]));
      for (const call of ["CreateTask", "ListTasks", "GetTask"]) assert.ok(traced.has(call), call);
    }, 30_000);
    for (const body of collector.bodies) assertNone(body, "a trace");
    // the kernel ends it as it would for a fault of its own; what Node writes then is part of the output
    const ended = program.ended();
    program.child.kill("SIGABRT");
    await ended;
    assertNone(program.output, "the output");
    assert.match(program.output, /"level":"debug"/);
    assertNone(onDisk(folder, ["cdc.db"]), "the metastore after it");

    const wrong = new Program(configPath, { MILVUS_CDC_METASTORE_ENCRYPTION_KEY: "ab".repeat(32) });
    assert.equal(await wrong.ended(), 2);
    assert.match(wrong.output, /METASTORE_KEY_WRONG: .*\nGive the key that the metastore was written with/);
    assertNone(wrong.output, "the refusal of a wrong key");
  });

  it("is in no fault of a configuration", async () => {
    const folder = dirname(newPath());
    mkdirSync(folder);
    const configPath = join(folder, "config.yaml");
    const { callerToken, sourceToken, kafkaPassword } = PLANTED;
    const kafka = { brokers: `u:${kafkaPassword}@h:1`, sasl: { mechanism: "x", password: [kafkaPassword] } };
    const faulty = {
      auth: { tokens: [{ sha256: callerToken }, callerToken], certificates: callerToken },
      metastore: { encryption: { key: KEY.slice(1), previous_key_files: KEY } },
      sources: { default: { milvus: { uri: `ftp://u:${sourceToken}@h`, token: [sourceToken] }, kafka } },
    };
    for (const text of [JSON.stringify(faulty), `a: ${sourceToken}: b\n  ${callerToken}`]) {
      writeFileSync(configPath, text);
      const program = new Program(configPath);
      assert.equal(await program.ended(), 2);
      assert.match(program.output, /CONFIG_INVALID/);
      assertNone(program.output, "the faults");
    }
  });
});

/** Requests of every kind, right and wrong ones; all that was answered, headers included. */
async function ask(port: number): Promise<string[]> {
  const { uriPassword, targetToken, targetPassword, callerToken, wrongToken } = PLANTED;
  const params = [
    { uri: `http://u:${uriPassword}@127.0.0.1:1`, connect_timeout: 1 },
    { uri: `http://u:${uriPassword}%@127.0.0.1:1` },
    { uri: "http://127.0.0.1:1", token: targetToken, connect_timeout: 1 },
    { host: `u:${uriPassword}@h`, port: 1 },
    { host: "127.0.0.1", port: 1, username: "u", password: targetPassword, connect_timeout: 1 },
    { uri: "http://127.0.0.1:1", token: { a: targetToken } },
    { uri: "http://169.254.169.254", token: targetToken },
  ];
  const bodies = params.flatMap((milvus_connect_param) =>
    [true, false].map((validate_only) => ({
      milvus_connect_param,
      collection_infos: [{ name: "*" }],
      validate_only,
    })),
  );
  const texts: string[] = [];
  for (const body of bodies) texts.push((await cdc(port, "create", body)).text);
  texts.push((await cdc(port, "list", {})).text);
  texts.push((await cdc(port, "list", {}, wrongToken)).text);
  texts.push(
    (await send(port, "/cdc", { headers: bearer(callerToken), body: `{"a": "${targetToken}"` })).text,
  );
  const metrics = await send(port, "/metrics", { method: "GET", headers: bearer(callerToken) });
  texts.push(metrics.text, JSON.stringify(metrics.headers));
  for (const token of [callerToken, wrongToken]) texts.push(...(await byGrpc(port, token)));
  return texts;
}

async function byGrpc(port: number, token: string): Promise<string[]> {
  const client = createClient(
    CdcService,
    createGrpcTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      interceptors: [
        (next) => (request) => {
          request.header.set("authorization", `Bearer ${token}`);
          return next(request);
        },
      ],
    }),
  );
  const milvusConnectParam = { uri: "http://127.0.0.1:1", token: PLANTED.targetToken, connectTimeout: 1 };
  const error = await client.createTask({ milvusConnectParam, collectionInfos: [{ name: "*" }] }).then(
    () => new ConnectError("", Code.Unknown),
    (reason: unknown) => ConnectError.from(reason),
  );
  assert.notEqual(error.code, Code.Unknown);
  return [error.message, JSON.stringify([...error.metadata]), JSON.stringify(error.details)];
}

function cdc(port: number, type: string, data: object, token = PLANTED.callerToken) {
  const body = JSON.stringify({ request_type: type, request_data: data });
  return send(port, "/cdc", { headers: bearer(token), body });
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function onDisk(folder: string, prefixes: readonly string[]): string {
  return readdirSync(folder)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}
