import assert from "node:assert/strict";
import * as net from "node:net";
import { fuzz } from "../support/fuzz.js";
import { mutate, randomBytes } from "../support/fuzz-bytes.js";
import { Flag, FrameType, hpack, http2Frame, PREFACE, requestFrame } from "../support/http2-frames.js";
import type { Random } from "../support/random.js";
import { ServerHarness } from "../support/server-harness.js";
import { send } from "../support/server-raw-client.js";

const LIST = '{"request_type":"list"}';
const AT_ONCE = 200;
/** Memory that a flood may cost, in MiB: what it sends is far more. */
const MAX_GROWTH_MB = 200;
const FLOOD = 20_000;

/** Writes bytes and the end of them; resolves with what was answered when the server has closed. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(port, "127.0.0.1", () => socket.end(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    // a reset is an answer, too
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}

const heads = [
  `POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: ${LIST.length}\r\n\r\n${LIST}`,
  `POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n${LIST}\r\n0\r\n\r\n`,
  `POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n17;a=b\r\n${LIST}\r\n0\r\nx: y\r\n\r\n`,
  `POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n${LIST}\r\n0\r\n\r\n`,
  `POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: ${LIST.length}\r\n\r\n${LIST}`,
  `POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  `POST /cdc HTTP/1.1\r\nHost : a\r\n X: folded\r\nContent-Length: 0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`,
  "GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nTRACE / HTTP/1.0\r\n\r\nHEAD /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
].map((text) => Buffer.from(text));

const settings = http2Frame(FrameType.settings, 0, 0);
const frames = [
  settings,
  http2Frame(FrameType.settings, 0, 0, Buffer.from("000400000000", "hex")),
  http2Frame(FrameType.settings, Flag.ack, 0),
  http2Frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  http2Frame(FrameType.windowUpdate, 0, 0, Buffer.from("7fffffff", "hex")),
  requestFrame(1),
  requestFrame(3, 0),
  http2Frame(FrameType.continuation, Flag.endHeaders, 3, hpack([["x", "y"]])),
  http2Frame(FrameType.data, Flag.endStream, 1, Buffer.from(LIST)),
  http2Frame(FrameType.reset, 0, 1, Buffer.alloc(4)),
];

function http2Bytes(random: Random): Buffer {
  const chosen = Array.from({ length: 1 + random.int(12) }, () => {
    const frame = random.pick(frames);
    if (random.int(3) > 0) return frame;
    return random.int(8) === 0
      ? http2Frame(random.int(12), random.int(256), random.int(6), randomBytes(random, 40))
      : mutate(random, frame, frames);
  });
  return Buffer.concat([PREFACE, ...(random.int(4) === 0 ? [] : [settings]), ...chosen]);
}

describe("any bytes on a connection", function () {
  this.timeout(120_000);
  let harness: ServerHarness;
  before(async () => {
    const limits = {
      maxBodyBytes: 100_000,
      headersTimeoutMs: 2_000,
      bodyTimeoutMs: 500,
      answerTimeoutMs: 300,
      idleTimeoutMs: 500,
    };
    harness = await ServerHarness.start({ limits });
  });
  // Whatever was done to it, it serves the next client, and blames itself for nothing.
  afterEach(async () => {
    const { text } = await send(harness.port, "/cdc", { body: LIST });
    assert.match(text, /^{"code":200,"data":{"tasks":\[/);
    assert.deepEqual(
      harness.log.filter(({ level }) => level === "error"),
      [],
    );
  });
  after(() => harness.server.stop(0));

  const inCrowds =
    (bytesOf: (random: Random) => Buffer, check: (text: string) => void) => async (random: Random) => {
      const sent = Array.from({ length: AT_ONCE }, () => bytesOf(random));
      for (const text of await Promise.all(sent.map((bytes) => exchange(harness.port, bytes)))) check(text);
    };

  it("are answered or closed when they are nearly HTTP/1.1, and no request is taken for two", () =>
    fuzz({
      cases: 10,
      run: inCrowds(
        (random) => mutate(random, random.pick(heads), heads),
        // 501 and 505 are about the request; the others would be a fault of the service
        (text) => assert.doesNotMatch(text, /^HTTP\/1\.1 50[02-46-9]/m),
      ),
    }));

  it("are answered or closed when they are nearly HTTP/2", () =>
    fuzz({ cases: 10, run: inCrowds(http2Bytes, () => undefined) }));

  const flood = (piece: (i: number) => Buffer): Buffer =>
    Buffer.concat([PREFACE, settings, ...Array.from({ length: FLOOD }, (_, i) => piece(i))]);
  const tooMuch: Readonly<Record<string, () => Buffer>> = {
    settings: () => flood(() => settings),
    "settings that say nothing new": () => flood(() => frames[1] ?? settings),
    pings: () => flood(() => http2Frame(FrameType.ping, 0, 0, Buffer.alloc(8))),
    "requests that are taken back at once": () =>
      flood((i) =>
        Buffer.concat([requestFrame(2 * i + 1), http2Frame(FrameType.reset, 0, 2 * i + 1, Buffer.alloc(4))]),
      ),
    "requests that never get a body": () => flood((i) => requestFrame(2 * i + 1)),
    "headers without end": () =>
      Buffer.concat([
        flood(() => Buffer.of()),
        requestFrame(1, 0),
        ...Array.from({ length: FLOOD }, () =>
          http2Frame(FrameType.continuation, 0, 1, hpack([["x", "y".repeat(1_000)]])),
        ),
      ]),
    "empty pieces of a body": () =>
      Buffer.concat([
        flood(() => Buffer.of()),
        requestFrame(1),
        ...Array.from({ length: FLOOD }, () => http2Frame(FrameType.data, 0, 1)),
      ]),
    "openings of the window": () =>
      flood(() => http2Frame(FrameType.windowUpdate, 0, 0, Buffer.from("00000001", "hex"))),
    "lines of HTTP/1.1": () => Buffer.from(`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(FLOOD * 10)}\r\n`),
    "pieces of a body of HTTP/1.1": () =>
      Buffer.from(
        `POST /cdc HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(FLOOD * 10)}`,
      ),
  };
  for (const [name, bytesOf] of Object.entries(tooMuch)) {
    it(`are borne when they are a flood of ${name}, while others are served`, async () => {
      const bytes = bytesOf();
      const before = process.memoryUsage.rss();
      const flooding = Promise.all(Array.from({ length: 5 }, () => exchange(harness.port, bytes)));
      const { status } = await send(harness.port, "/cdc", { body: LIST });
      assert.equal(status, 200);
      await flooding;
      const growth = (process.memoryUsage.rss() - before) >> 20;
      assert.ok(growth < MAX_GROWTH_MB, `it cost ${growth} MiB`);
    });
  }

  it("take no place from others for long when they are requests whose answers nobody takes", async () => {
    const noWindow = http2Frame(FrameType.settings, 0, 0, Buffer.from("000400000000", "hex"));
    const data = (stream: number): Buffer =>
      http2Frame(FrameType.data, Flag.endStream, stream, Buffer.from(LIST));
    const streams = Array.from({ length: 10 }, (_, i) => 2 * i + 1);
    const requests = streams.flatMap((stream) => [requestFrame(stream), data(stream)]);
    await using small = await ServerHarness.start({ limits: { maxInFlight: 10, answerTimeoutMs: 300 } });
    const socket = net.connect(small.port, "127.0.0.1").on("error", () => undefined);
    socket.write(Buffer.concat([PREFACE, noWindow, ...requests]));
    while (small.tasks.calls < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    const asked = async (): Promise<number> => (await send(small.port, "/cdc", { body: LIST })).status;
    while ((await asked()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  });
});
