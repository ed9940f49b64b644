import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { ROLES, type AuthRules, type Role } from "../../../src/model/caller.js";
import { CertificateAuthority } from "../../support/kafka-certificates.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send, sendBytes } from "../../support/server-raw-client.js";
import { staticPages } from "../../../src/server/static-pages.js";

const SERVICE = "/milvus.cdc.v1.CdcService";
const tokenOf = (role: string): string => `${role}-`.padEnd(40, "x");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function rules(more: Partial<AuthRules> = {}): AuthRules {
  return {
    tokens: ROLES.map((role) => ({ name: `the ${role}`, role, sha256: sha256(tokenOf(role)) })),
    certificates: [],
    allowAnonymous: false,
    openMetrics: false,
    maxRequestsPerSecond: 1_000,
    ...more,
  };
}

const create = { milvusConnectParam: { uri: "h:1", token: "s3cret" }, collectionInfos: [{ name: "a" }] };

function sending(headers: Record<string, string>): Interceptor {
  return (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
}

describe("A server with tokens", () => {
  let harness: ServerHarness;
  beforeEach(async () => {
    harness = await ServerHarness.start({}, { auth: rules(), pages: staticPages("test/support") });
  });
  afterEach(() => harness.server.stop(0));

  const transports = (headers: Record<string, string>) => {
    const { url: baseUrl } = harness;
    const interceptors = [sending(headers)];
    return [
      createGrpcTransport({ baseUrl, interceptors }),
      createGrpcWebTransport({ baseUrl, httpVersion: "2", interceptors }),
      createConnectTransport({ baseUrl, httpVersion: "2", interceptors }),
      createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors }),
    ];
  };
  const clients = (role?: string) =>
    transports(role === undefined ? {} : { authorization: `Bearer ${tokenOf(role)}` }).map((transport) => ({
      cdc: createClient(CdcService, transport),
      health: createClient(Health, transport),
    }));
  const codeOf = async (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => "ok",
      (error: unknown) => Code[ConnectError.from(error).code],
    );
  const cdc = (type: string, data: object, headers: Record<string, string>) =>
    send(harness.port, "/cdc", { headers, body: JSON.stringify({ request_type: type, request_data: data }) });

  it("answers nobody whom it does not know, by any protocol, and reads nothing of what they send", async () => {
    const unknown: Record<string, string>[] = [{}, { authorization: `Bearer ${tokenOf("nobody")}` }];
    for (const headers of unknown) {
      for (const transport of transports(headers)) {
        const client = createClient(CdcService, transport);
        assert.equal(await codeOf(client.listTasks({})), "Unauthenticated");
        const stream = client.watchTasks({})[Symbol.asyncIterator]();
        assert.equal(await codeOf(stream.next()), "Unauthenticated");
      }
      const answer = await cdc("list", {}, headers);
      assert.deepEqual([answer.status, (JSON.parse(answer.text) as { code: number }).code], [401, 401]);
      assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer /);
    }
    for (const path of ["/metrics", "/no/such/page", `${SERVICE}/ListTasks?encoding=json&message=%7B%7D`])
      assert.equal((await send(harness.port, path, { method: "GET" })).status, 401, path);
    assert.equal(harness.tasks.calls, 0);
  });

  it("leaves open what probes and browsers fetch before anybody has signed in", async () => {
    for (const path of ["/healthz", "/readyz", "/on-failure.ts"])
      assert.equal((await send(harness.port, path, { method: "GET" })).status, 200, path);
    for (const { health } of clients()) assert.equal(await codeOf(health.check({})), "ok");
  });

  it("lets each role do what is its own, and names the role that more takes", async () => {
    const calls: [Role, (client: (typeof all)[number]["cdc"]) => Promise<unknown>][] = [
      ["reader", (client) => client.listTasks({})],
      ["operator", (client) => client.createTask({ ...create, taskId: "a".repeat(32) })],
      ["reader", (client) => client.getTask({ taskId: "a".repeat(32) })],
      ["reader", (client) => client.getTaskPosition({ taskId: "a".repeat(32) })],
      ["reader", (client) => client.getTaskSamples({ taskId: "a".repeat(32) })],
      ["reader", (client) => client.watchTasks({})[Symbol.asyncIterator]().next()],
      ["operator", (client) => client.listBlockedRecords({ taskId: "a".repeat(32) })],
      ["operator", (client) => client.pauseTask({ taskId: "a".repeat(32) })],
      ["operator", (client) => client.resumeTask({ taskId: "a".repeat(32) })],
      ["admin", (client) => client.resumeTask({ taskId: "a".repeat(32), skipBlockedRecord: true })],
      ["operator", (client) => over(client.verifyTask({ taskId: "a".repeat(32) }))],
      [
        "operator",
        (client) => over(client.verifyTask({ taskId: "a".repeat(32), repair: true, dryRun: true })),
      ],
      ["admin", (client) => over(client.verifyTask({ taskId: "a".repeat(32), repair: true }))],
      ["operator", (client) => over(client.switchoverTask({ taskId: "a".repeat(32) }))],
      ["admin", (client) => client.deleteTask({ taskId: "a".repeat(32) })],
    ];
    const all = clients("reader");
    for (const role of ROLES) {
      for (const { cdc: client } of clients(role)) {
        for (const [at, [needed, call]] of calls.entries()) {
          const code = await codeOf(call(client));
          const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(needed);
          assert.equal(code === "PermissionDenied", !isAllowed, `${role}, call ${at}: ${code}`);
        }
      }
    }
    const refused = await cdc("delete", { task_id: "x" }, { authorization: `Bearer ${tokenOf("operator")}` });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /takes the role admin, and the operator is operator/);
  });

  it("takes no credentials that are given twice or are none", async () => {
    const good = `Bearer ${tokenOf("admin")}`;
    const bad = [
      good.replace("Bearer", "Basic"),
      tokenOf("admin"),
      `Bearer  `,
      `Bearer ${tokenOf("admin")} x`,
      `${good},${good}`,
    ];
    for (const authorization of bad)
      assert.equal((await cdc("list", {}, { authorization })).status, 401, authorization);
    const twice = [`Bearer ${tokenOf("nobody")}`, good];
    const lines = twice.map((line) => `authorization: ${line}\r\n`).join("");
    const request = `POST /cdc HTTP/1.1\r\nhost: a\r\n${lines}connection: close\r\ncontent-length: 0\r\n\r\n`;
    assert.match(await sendBytes(harness.port, request), /^HTTP\/1.1 401 /);
    assert.equal((await cdc("list", {}, { authorization: good.replace("Bearer", "bearer") })).status, 200);
  });

  it("writes a line for each action, with who and what and how it ended, and without secrets", async () => {
    const [one = assert.fail()] = clients("operator");
    await one.cdc.createTask({ ...create, taskId: "b".repeat(32) });
    await codeOf(one.cdc.deleteTask({ taskId: "b".repeat(32) }));
    await codeOf(over(one.cdc.verifyTask({ taskId: "b".repeat(32), repair: true })));
    await codeOf(one.cdc.deleteTask({ taskId: "x".repeat(1_000_000) }));
    await one.cdc.listTasks({});
    const lines = harness.log.filter(({ message }) => message === "audit").map(({ fields }) => fields);
    const who = "the operator";
    assert.deepEqual(lines, [
      { who, action: "CreateTask", taskId: "b".repeat(32), result: "ok" },
      { who, action: "DeleteTask", taskId: "b".repeat(32), result: "permission_denied" },
      { who, action: "VerifyTask", taskId: "b".repeat(32), repair: true, result: "permission_denied" },
      { who, action: "DeleteTask", taskId: "x".repeat(255), result: "permission_denied" },
    ]);
    assert.doesNotMatch(JSON.stringify(harness.log), /s3cret/);
  });

  it("goes by other rules from one request to the next", async () => {
    const authorization = `Bearer ${tokenOf("reader")}`;
    assert.equal((await cdc("list", {}, { authorization })).status, 200);
    await harness.server.reload(rules({ tokens: [{ name: "new", role: "reader", sha256: sha256("new") }] }));
    assert.equal((await cdc("list", {}, { authorization })).status, 401);
    assert.equal((await cdc("list", {}, { authorization: "Bearer new" })).status, 200);
  });
});

describe("A server with a rate for each caller", () => {
  it("tells one who sends too much to wait, by each protocol, and serves the others", async () => {
    await using harness = await ServerHarness.start({}, { auth: rules({ maxRequestsPerSecond: 1 }) });
    const get = (role: string) =>
      send(harness.port, "/metrics", {
        method: "GET",
        headers: { authorization: `Bearer ${tokenOf(role)}` },
      });
    const statuses = [await get("reader"), await get("reader"), await get("reader")].map(
      ({ status }) => status,
    );
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.equal((await get("reader")).headers["retry-after"], "1");
    assert.equal((await get("admin")).status, 200);
    const interceptors = [sending({ authorization: `Bearer ${tokenOf("reader")}` })];
    const client = createClient(CdcService, createGrpcTransport({ baseUrl: harness.url, interceptors }));
    const error = await client.listTasks({}).then(
      () => new ConnectError("it was served"),
      (reason: unknown) => ConnectError.from(reason),
    );
    assert.equal(error.code, Code.ResourceExhausted);
    assert.match(error.rawMessage, /the reader sends more requests than auth.max_requests_per_second/);
  });
});

describe("A server that knows certificates", () => {
  it("goes by the names in them, over both versions of HTTP, and by a token where one is shown", async () => {
    await using authority = await CertificateAuthority.create();
    const own = await authority.issue("server");
    const tls = { ...own, caPath: authority.caPath };
    const certificates = [{ name: "mesh", role: "reader", subject: "mesh.example" }] as const;
    await using harness = await ServerHarness.start({ tls }, { auth: rules({ certificates }) });
    const as = async (name: string, headers: Record<string, string>, httpVersion: "1.1" | "2") => {
      const pair = await authority.issue(name);
      const [ca, cert, key] = await Promise.all(
        [authority.caPath, pair.certPath, pair.keyPath].map((path) => readFile(path)),
      );
      const baseUrl = `https://127.0.0.1:${harness.port}`;
      const interceptors = [sending(headers)];
      const transport = createConnectTransport({
        baseUrl,
        httpVersion,
        interceptors,
        nodeOptions: { ca, cert, key },
      });
      return createClient(CdcService, transport);
    };
    const codeOf = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => "ok",
        (error: unknown) => Code[ConnectError.from(error).code],
      );
    for (const version of ["1.1", "2"] as const) {
      const mesh = await as("mesh.example", {}, version);
      assert.equal(await codeOf(mesh.listTasks({})), "ok");
      assert.equal(await codeOf(mesh.deleteTask({ taskId: "x" })), "PermissionDenied");
      assert.equal(await codeOf((await as("other.example", {}, version)).listTasks({})), "Unauthenticated");
      const shown = { authorization: `Bearer ${tokenOf("nobody")}` };
      const both = await as("mesh.example", shown, version);
      assert.equal(await codeOf(both.listTasks({})), "Unauthenticated");
    }
  });
});

describe("A server that asks nobody who they are", () => {
  it("refuses browsers that know this machine by a name of somebody else", async () => {
    await using harness = await ServerHarness.start();
    const from = (host: string) =>
      send(harness.port, "/cdc", {
        headers: { host, "sec-fetch-site": "same-origin" },
        body: '{"request_type":"list"}',
      });
    for (const host of ["localhost:8444", "127.0.0.1:1", "[::1]:1"])
      assert.equal((await from(host)).status, 200, host);
    for (const host of ["rebound.example:8444", "localhost.example"])
      assert.equal((await from(host)).status, 403, host);
  });
});

async function over(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const one of stream) assert.ok(one);
}
