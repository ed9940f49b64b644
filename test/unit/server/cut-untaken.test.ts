import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { guardRequests } from "../../../src/server/guard-requests.js";

const limits = { answerTimeoutMs: 50 };
const logger = { debug: () => undefined, info: () => undefined, error: () => undefined };

/** Serves one path by a stream that goes on, and all others by an answer that is complete; yields to the test. */
async function withSession(test: (session: http2.ClientHttp2Session) => Promise<void>): Promise<void> {
  const handler = guardRequests(
    (request, response) => {
      if (request.url === "/stream") (response as http2.Http2ServerResponse).write("a");
      else response.end("x".repeat(100));
    },
    { limits, streams: new Set(["/stream"]), logger, onRefused: () => undefined },
  );
  const server = http2.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  try {
    await test(session);
  } finally {
    session.destroy();
    server.close();
  }
}

describe("guardRequests", () => {
  it("cuts an answer that nobody takes", () =>
    withSession(async (session) => {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      await once(stream, "close");
      assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
    }));

  it("lets a stream go on", () =>
    withSession(async (session) => {
      const stream = session.request({ ":path": "/stream" });
      const answer = session.request({ ":path": "/" });
      answer.on("error", () => undefined);
      await once(answer, "close");
      assert.ok(!stream.closed);
    }));
});
