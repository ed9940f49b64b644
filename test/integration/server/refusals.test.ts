import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import * as net from "node:net";
import * as tls from "node:tls";
import type { AuthRules } from "../../../src/model/caller.js";
import { bearer, second, SERVICE } from "../../support/attacks/attack.js";
import { eventually } from "../../support/eventually.js";
import { CertificateAuthority, type KeyPair } from "../../support/kafka-certificates.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const TOKEN = "reader-".padEnd(43, "r");
const WRONG = "nobody-".padEnd(43, "n");
const LIST = '{"request_type":"list"}';
const DELETE = '{"request_type":"delete","request_data":{"task_id":"a"}}';

function rules(more: Partial<AuthRules> = {}): AuthRules {
  const sha256 = createHash("sha256").update(TOKEN).digest("hex");
  const tokens = [{ name: "the reader", role: "reader", sha256 }] as const;
  const rest = { certificates: [], allowAnonymous: false, maxRequestsPerSecond: 1_000 };
  return { tokens, openMetrics: true, ...rest, ...more };
}

/** Of each kind of refusal that there was, how many. */
async function counted(harness: ServerHarness): Promise<Record<string, number>> {
  const { text } = await send(harness.port, "/metrics", { method: "GET" });
  return countsIn(text);
}

function countsIn(metrics: string): Record<string, number> {
  const lines = metrics.matchAll(/^milvus_cdc_refusals_total\{reason="(.+)",protocol="(.+)"\} (\d+)$/gm);
  const counts = [...lines].map(([, reason, protocol, n]) => [`${reason} ${protocol}`, Number(n)] as const);
  assert.ok(counts.length > 0);
  return Object.fromEntries(counts.filter(([, n]) => n > 0));
}

function logged(harness: ServerHarness): Readonly<Record<string, unknown>>[] {
  return harness.log.filter(({ message }) => message === "refused").map(({ fields }) => fields);
}

describe("What is refused at the door", () => {
  it("is counted by why and by what it came, and told in the log, without credentials", async () => {
    await using harness = await ServerHarness.start({}, { auth: rules() });
    const cdc = (headers: Record<string, string>, body = LIST) =>
      send(harness.port, "/cdc", { headers, body });
    const call = (contentType: string, token: string) =>
      second(
        { port: harness.port, tokens: { reader: TOKEN, operator: "" }, taskId: "" },
        {
          ":path": `/${SERVICE}/ListTasks`,
          "content-type": contentType,
          ...bearer(token),
        },
      );
    await cdc({});
    await cdc({ authorization: `Basic ${WRONG}` });
    await cdc(bearer(WRONG));
    await call("application/grpc", WRONG);
    await call("application/grpc-web+proto", WRONG);
    await call("application/json", WRONG);
    await send(harness.port, "/no/such/page", { method: "GET", headers: bearer(WRONG) });
    await cdc(bearer(TOKEN), DELETE);
    await cdc({ ...bearer(TOKEN), "sec-fetch-site": "cross-site" });
    assert.deepEqual(await counted(harness), {
      "credentials_missing cdc": 1,
      "credentials_malformed cdc": 1,
      "token_unknown cdc": 1,
      "token_unknown grpc": 1,
      "token_unknown grpc-web": 1,
      "token_unknown connect": 1,
      "token_unknown http": 1,
      "role cdc": 1,
      "other_site cdc": 1,
    });
    const from = "127.0.0.1";
    const who = undefined;
    assert.deepEqual(logged(harness).slice(0, 3), [
      { reason: "credentials_missing", who, protocol: "cdc", from },
      { reason: "credentials_malformed", who, protocol: "cdc", from },
      { reason: "token_unknown", who, protocol: "cdc", from },
    ]);
    assert.deepEqual(
      harness.log.filter(({ message }) => message === "audit").map(({ fields }) => fields["result"]),
      ["permission_denied"],
    );
    const told = JSON.stringify(harness.log);
    for (const token of [TOKEN, WRONG]) assert.ok(!told.includes(token));
  });

  it("fills no log", async () => {
    await using harness = await ServerHarness.start({}, { auth: rules() });
    for (let i = 0; i < 200; i++)
      await send(harness.port, "/cdc", { headers: bearer(`${WRONG}${i}`), body: LIST });
    assert.deepEqual(await counted(harness), { "token_unknown cdc": 200 });
    assert.ok(logged(harness).length < 20);
  });

  it("is a caller beyond their rate, by name", async () => {
    await using harness = await ServerHarness.start({}, { auth: rules({ maxRequestsPerSecond: 1 }) });
    for (let i = 0; i < 3; i++) await send(harness.port, "/cdc", { headers: bearer(TOKEN), body: LIST });
    assert.deepEqual(await counted(harness), { "rate cdc": 1 });
    assert.deepEqual(logged(harness), [
      { reason: "rate", who: "the reader", protocol: "cdc", from: "127.0.0.1" },
    ]);
  });

  it("is a browser's page under another name, where nobody is asked", async () => {
    await using harness = await ServerHarness.start();
    const headers = { host: "rebound.example", "sec-fetch-site": "same-origin" };
    await send(harness.port, "/cdc", { headers, body: LIST });
    assert.deepEqual(await counted(harness), { "other_name cdc": 1 });
  });

  it("is what is more than may be open, requests and connections", async () => {
    const limits = { maxInFlight: 1, maxConnections: 3 };
    await using harness = await ServerHarness.start({ limits });
    const { promise: gate, open } = closedGate();
    harness.tasks.gate = gate;
    const first = send(harness.port, "/cdc", { body: LIST });
    await eventually(() => assert.equal(harness.tasks.calls, 1));
    assert.equal((await send(harness.port, "/cdc", { body: LIST })).status, 429);
    open();
    await first;
    const held = Array.from({ length: 4 }, () => net.connect(harness.port, "127.0.0.1"));
    await Promise.race(held.map((socket) => once(socket, "close")));
    await eventually(() =>
      assert.deepEqual(logged(harness).at(-1), {
        reason: "connections_open",
        protocol: "none",
        from: "127.0.0.1",
      }),
    );
    for (const socket of held) socket.destroy();
    await eventually(async () =>
      assert.deepEqual(Object.keys(await counted(harness)), ["requests_open cdc", "connections_open none"]),
    );
  });
});

describe("What is refused of clients' certificates", () => {
  it("is told with what is wrong with them", async () => {
    await using authority = await CertificateAuthority.create();
    await using other = await CertificateAuthority.create();
    const certificates = [{ name: "mesh", role: "reader", subject: "mesh.example" }] as const;
    await using harness = await ServerHarness.start(
      { tls: { ...(await authority.issue("server")), caPath: authority.caPath } },
      { auth: rules({ certificates, openMetrics: false }) },
    );
    const ca = await readFile(authority.caPath);
    await askAs(harness, ca, undefined);
    await askAs(harness, ca, await other.issue("mesh.example"));
    await askAs(harness, ca, await authority.issueExpired("mesh.example"));
    await askAs(harness, ca, await authority.issue("stranger.example"));
    const metrics = await askAs(harness, ca, await authority.issue("mesh.example"));
    assert.deepEqual(countsIn(metrics), { "certificate_refused none": 3, "certificate_unknown http": 1 });
    const refused = { reason: "certificate_refused", protocol: "none", from: "127.0.0.1" };
    const lines = logged(harness);
    assert.deepEqual(lines.slice(0, 2), [
      { ...refused, fault: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE" },
      { ...refused, fault: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
    ]);
    assert.match(String(lines.at(-1)?.["who"]), /^stranger\.example, localhost/);
  });

  /** All that comes back of a request by HTTP/1.1; nothing where no connection comes about. */
  async function askAs(harness: ServerHarness, ca: Buffer, pair: KeyPair | undefined): Promise<string> {
    const cert = pair && (await readFile(pair.certPath));
    const key = pair && (await readFile(pair.keyPath));
    const socket = tls.connect({ host: "127.0.0.1", port: harness.port, ca, cert, key });
    socket.on("error", () => undefined);
    socket.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let text = "";
    socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
    await new Promise((resolve) => socket.once("close", resolve)); // an error is what is looked for
    return text;
  }
});

function closedGate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}
