import assert from "node:assert/strict";
import { badBodies } from "../../support/server-bad-bodies.js";
import { olderBodies } from "../../support/server-older-bodies.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const refused = [...badBodies, ...olderBodies];

describe("POST /cdc refuses with 400 and says why", () => {
  let harness: ServerHarness;
  before(async () => {
    harness = await ServerHarness.start();
  });
  after(() => harness.server.stop(0));

  for (const { name, body, says } of refused) {
    it(name, async () => {
      const { status, headers, text } = await send(harness.port, "/cdc", { body });
      const answer: unknown = JSON.parse(text);
      assert.equal(status, 400, text);
      assert.equal(headers["content-type"], "application/json");
      assert.ok(typeof answer === "object" && answer !== null && "code" in answer && "message" in answer);
      assert.deepEqual(Object.keys(answer), ["code", "message"]);
      assert.equal(answer.code, 400);
      assert.match(String(answer.message), says);
      assert.doesNotMatch(text, /s3cret|milvus\.cdc\.v1|cannot decode|\bat .*\.[jt]s/);
    });
  }

  it("without asking the engine, and goes on serving", async () => {
    assert.equal(harness.tasks.tasks.size, 0);
    assert.deepEqual(
      harness.log.filter(({ level }) => level === "error"),
      [],
    );
    const { text } = await send(harness.port, "/cdc", { body: '{"request_type":"list"}' });
    assert.equal(text, '{"code":200,"data":{"tasks":[]}}\n');
  });
});

describe("CreateTask by Connect JSON", () => {
  let harness: ServerHarness;
  before(async () => {
    harness = await ServerHarness.start();
  });
  after(() => harness.server.stop(0));

  for (const { name, body } of refused) {
    it(`is invalid_argument for ${name}`, async () => {
      const data: unknown = requestDataOf(body);
      const { status, text } = await send(harness.port, "/milvus.cdc.v1.CdcService/CreateTask", {
        headers: { "content-type": "application/json" },
        body: typeof data === "string" ? data : Buffer.from(body),
      });
      const answer: unknown = JSON.parse(text);
      assert.equal(status, 400, text);
      assert.ok(typeof answer === "object" && answer !== null && "code" in answer);
      assert.equal(answer.code, "invalid_argument");
      assert.doesNotMatch(text, /s3cret|cannot decode|\bat .*\.[jt]s/);
    });
  }
});

/** What is inside an envelope of create; the body itself where there is none. */
function requestDataOf(body: string | Uint8Array): unknown {
  if (typeof body !== "string" || !body.startsWith('{"request_type":"create"')) return body;
  return body.slice('{"request_type":"create","request_data":'.length, -1);
}
