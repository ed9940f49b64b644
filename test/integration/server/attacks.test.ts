import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AuthRules } from "../../../src/model/caller.js";
import { staticPages } from "../../../src/server/static-pages.js";
import type { Attack, Door } from "../../support/attacks/attack.js";
import { callAttacks } from "../../support/attacks/calls.js";
import { requestAttacks } from "../../support/attacks/requests.js";
import { rightRequest, smugglingAttacks } from "../../support/attacks/smuggling.js";
import { ServerHarness } from "../../support/server-harness.js";
import { send } from "../../support/server-raw-client.js";

const TASK = "a".repeat(32);
const tokens = { reader: "reader-".padEnd(43, "r"), operator: "operator-".padEnd(43, "o") };
const attacks: readonly Attack[] = [...callAttacks, ...requestAttacks, ...smugglingAttacks];

const auth: AuthRules = {
  tokens: (["reader", "operator"] as const).map((role) => ({
    name: role,
    role,
    sha256: createHash("sha256").update(tokens[role]).digest("hex"),
  })),
  certificates: [],
  allowAnonymous: false,
  openMetrics: false,
  maxRequestsPerSecond: 10_000,
};

describe(`A server under attack (${attacks.length} attempts)`, () => {
  let harness: ServerHarness;
  let door: Door;
  before(async () => {
    const pages = staticPages("test/support");
    harness = await ServerHarness.start(
      { limits: { headersTimeoutMs: 600, bodyTimeoutMs: 600 } },
      { auth, pages },
    );
    door = { port: harness.port, tokens, taskId: TASK };
  });
  after(() => harness.server.stop(0));

  for (const { name, attempt, refusal } of attacks) {
    it(`refuses ${name}`, async () => {
      const callsBefore = harness.tasks.calls;
      const answer = await attempt(door);
      assert.match(answer, refusal);
      assert.equal(harness.tasks.calls, callsBefore, "nothing of it may reach the tasks");
      for (const token of Object.values(tokens)) assert.ok(!answer.includes(token));
    });
  }

  it("answers what is smuggled, where it comes by the right way", async () => {
    assert.equal(await rightRequest(door), 'HEADERS 200 {"code":200,"data":{"tasks":[]}}');
  });

  it("answers those who may ask, after all that", async () => {
    const headers = { authorization: `Bearer ${tokens.reader}` };
    const { text } = await send(harness.port, "/cdc", { headers, body: '{"request_type":"list"}' });
    assert.equal(text, '{"code":200,"data":{"tasks":[]}}\n');
    assert.deepEqual(
      harness.log.filter(({ level }) => level === "error"),
      [],
    );
  });
});
