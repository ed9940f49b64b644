import assert from "node:assert/strict";
import * as http2 from "node:http2";
import { fuzz } from "../support/fuzz.js";
import { fuzzedRequest, pipelined, type FuzzedRequest } from "../support/fuzz-requests.js";
import { watchGlobals } from "../support/fuzz-globals.js";
import { ServerHarness } from "../support/server-harness.js";
import { send, sendBytes } from "../support/server-raw-client.js";

const LIST = '{"request_type":"list"}';

/** gRPC's codes that put the blame on the service. */
const OUR_FAULT = ["2", "13", "15"];
/** Statuses above 500 that are about the request: a call that does not exist, and its HTTP version. */
const REQUESTS_FAULT = [501, 505];

interface Answer {
  readonly status: number;
  readonly grpcStatus: string | undefined;
  readonly text: string;
}

function ask(session: http2.ClientHttp2Session, { path, headers, body }: FuzzedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    const chunks: Buffer[] = [];
    let answer = { status: 0, grpcStatus: undefined as string | undefined };
    stream.on("response", (head) => {
      answer = { status: head[":status"] ?? 0, grpcStatus: head["grpc-status"]?.toString() };
    });
    stream.on("trailers", (trailer: http2.IncomingHttpHeaders) => {
      answer = { ...answer, grpcStatus: trailer["grpc-status"]?.toString() };
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject).once("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ ...answer, grpcStatus: answer.grpcStatus ?? /grpc-status: (\d+)/.exec(text)?.[1], text });
    });
    stream.end(body);
  });
}

function assertNotOurFault({ status, grpcStatus = "0", text }: Answer, request: FuzzedRequest): void {
  const shown = `${JSON.stringify(request.headers)} ${request.path} ${request.body.toString("hex")} → ${status} ${text}`;
  assert.ok(status > 0, `no answer: ${shown}`);
  assert.ok(status < 500 || REQUESTS_FAULT.includes(status), shown);
  assert.ok(!OUR_FAULT.includes(grpcStatus), `grpc-status ${grpcStatus}: ${shown}`);
}

describe("any request", function () {
  this.timeout(120_000);
  let harness: ServerHarness;
  let assertGlobals: () => void;
  before(async () => {
    harness = await ServerHarness.start({ limits: { maxBodyBytes: 100_000 } });
    assertGlobals = watchGlobals();
  });
  // Whatever was done to it, it serves the next client, and blames itself for nothing.
  afterEach(async () => {
    const { text } = await send(harness.port, "/cdc", { body: LIST });
    assert.match(text, /^{"code":200,"data":{"tasks":\[/);
    assert.deepEqual(
      harness.log.filter(({ level }) => level === "error"),
      [],
    );
    assertGlobals();
  });
  after(() => harness.server.stop(0));

  it("is answered by what is wrong with it, one behind the other by HTTP/1.1", async () => {
    const count = 200;
    let answered = 0;
    let connections = 0;
    await fuzz({
      cases: 200,
      run: async (random) => {
        harness.tasks.tasks.clear();
        const text = await sendBytes(harness.port, pipelined(random, count), 30_000);
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
        assert.deepEqual(
          statuses.filter((status) => status >= 500 && !REQUESTS_FAULT.includes(status)),
          [],
        );
        answered += statuses.length;
        connections++;
      },
    });
    assert.equal(answered, connections * count);
  });

  it("is answered by what is wrong with it, in each protocol by HTTP/2", async () => {
    const session = http2.connect(harness.url);
    await fuzz({
      cases: 500,
      run: async (random) => {
        harness.tasks.tasks.clear();
        const requests = Array.from({ length: 20 }, () => fuzzedRequest(random));
        const answers = await Promise.all(requests.map((request) => ask(session, request)));
        for (const [i, request] of requests.entries()) assertNotOurFault(answers[i]!, request);
      },
    });
    session.destroy();
  });
});
