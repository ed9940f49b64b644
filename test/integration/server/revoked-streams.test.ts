import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Code, ConnectError, createClient, type Client, type Interceptor } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import type { AuthRules, Role } from "../../../src/model/caller.js";
import { eventually } from "../../support/eventually.js";
import { aTask } from "../../support/metastore-values.js";
import { ServerHarness } from "../../support/server-harness.js";

const ID = "a".repeat(32);

/** Each caller's token is their name. */
function rules(callers: Readonly<Record<string, Role>>): AuthRules {
  const tokens = Object.entries(callers).map(([name, role]) => {
    return { name, role, sha256: createHash("sha256").update(name).digest("hex") };
  });
  const rest = { certificates: [], allowAnonymous: false, openMetrics: false };
  return { tokens, maxRequestsPerSecond: 1_000, ...rest };
}

/** By each protocol. */
function clientsOf({ url: baseUrl }: ServerHarness, name: string): Client<typeof CdcService>[] {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${name}`);
    return next(request);
  };
  const options = { baseUrl, interceptors: [authorize] };
  return [
    createGrpcTransport(options),
    createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
    createConnectTransport({ ...options, httpVersion: "2" }),
    createConnectTransport({ ...options, httpVersion: "1.1" }),
  ].map((transport) => createClient(CdcService, transport));
}

/** The code that a stream ends with. */
async function endOf(stream: AsyncIterator<unknown>): Promise<string> {
  try {
    while ((await stream.next()).done !== true);
    return "ok";
  } catch (error) {
    return Code[ConnectError.from(error).code];
  }
}

describe("When tokens are read anew", () => {
  let harness: ServerHarness;
  beforeEach(async () => {
    const auth = rules({ stays: "reader", leaves: "reader", falls: "admin" });
    harness = await ServerHarness.start({}, { auth });
    harness.tasks.tasks.set(ID, aTask({ id: ID, state: "Running" }));
  });
  afterEach(() => harness.server.stop(0));

  const linesOf = (name: string) =>
    harness.log.filter(({ message }) => message === name).map(({ fields }) => fields);

  it("the streams of one that is gone end, by each protocol, and those of others go on", async () => {
    const watched = async (client: Client<typeof CdcService>) => {
      const stream = client.watchTasks({})[Symbol.asyncIterator]();
      await stream.next();
      return stream;
    };
    const [own = assert.fail()] = clientsOf(harness, "stays");
    const others = await watched(own);
    const streams = await Promise.all(clientsOf(harness, "leaves").map(watched));
    await harness.server.reload(rules({ stays: "reader", falls: "admin" }));
    for (const stream of streams) assert.equal(await endOf(stream), "Unauthenticated");
    await harness.tasks.delete(ID);
    let told: string | undefined;
    do told = ((await others.next()).value as { update: { case?: string } }).update.case;
    while (told !== "goneTaskId");
    const refused = { reason: "revoked", protocol: "grpc", from: "127.0.0.1", who: "leaves" };
    assert.deepEqual(linesOf("refused")[0], refused);
  });

  it("a stream that takes more than the role that is left ends, and one that does not goes on", async () => {
    let open = (): void => undefined;
    harness.tasks.gate = new Promise((resolve) => (open = resolve));
    const [client = assert.fail()] = clientsOf(harness, "falls");
    const repair = endOf(client.verifyTask({ taskId: ID, repair: true })[Symbol.asyncIterator]());
    const looking = endOf(client.verifyTask({ taskId: ID })[Symbol.asyncIterator]());
    await eventually(() => assert.equal(harness.tasks.calls, 2));
    await harness.server.reload(rules({ falls: "operator" }));
    assert.equal(await repair, "PermissionDenied");
    open();
    assert.equal(await looking, "ok");
    const rest = { who: "falls", action: "VerifyTask", taskId: ID };
    assert.deepEqual(linesOf("audit"), [
      { ...rest, repair: true, result: "permission_denied" },
      { ...rest, result: "ok" },
    ]);
  });

  it("probes without credentials watch on", async () => {
    const health = createClient(Health, createGrpcTransport({ baseUrl: harness.url }));
    const stream = health.watch({})[Symbol.asyncIterator]();
    await stream.next();
    await harness.server.reload(rules({}));
    harness.server.setReady(false);
    assert.equal((await stream.next()).done, false);
  });
});
