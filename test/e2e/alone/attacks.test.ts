import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { callAttacks } from "../../support/attacks/calls.js";
import { requestAttacks } from "../../support/attacks/requests.js";
import { smugglingAttacks } from "../../support/attacks/smuggling.js";
import { TestCollection } from "../../support/e2e-collection.js";
import { becomesEqual } from "../../support/e2e-compare.js";
import { useSandbox } from "../../support/e2e-sandbox.js";
import { ServiceProcess } from "../../support/e2e-service.js";
import { worstLagWhile } from "../../support/lag.js";
import { onFailure } from "../../support/on-failure.js";
import { progressOf } from "../../support/progress-of.js";
import { SteadyWriter } from "../../support/steady-writer.js";

const tokens = {
  reader: "reader-".padEnd(43, "r"),
  operator: "operator-".padEnd(43, "o"),
  admin: "admin-".padEnd(43, "a"),
};
const attacks = [...callAttacks, ...requestAttacks, ...smugglingAttacks];
/** Of an undisturbed task it is 0.3 s, and the machine is shared with the attacker. */
const MAX_LAG_MS = 5_000;

describe("a service that is attacked while it replicates", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  before(async function () {
    this.timeout(300_000);
    const { sourceUri, brokers } = sandbox();
    const auth = {
      tokens: Object.entries(tokens).map(([role, token]) => ({
        name: role,
        role,
        sha256: createHash("sha256").update(token).digest("hex"),
      })),
    };
    service = await ServiceProcess.start({ sourceUri, brokers }, { config: { auth }, token: tokens.admin });
  });
  after(() => service[Symbol.asyncDispose]());
  onFailure(() => service.lastLines);

  it(`refuses all ${attacks.length} attempts, and its task goes on as if nothing was`, async function () {
    const { source, target, targetUri } = sandbox();
    const collection = new TestCollection(source, "attacked");
    await collection.createLoaded({ shards_num: 2 });
    const taskId = await service.createTask(targetUri);
    const before = await becomesStreaming(taskId);
    {
      await using writer = new SteadyWriter(collection, 1);
      const door = { port: service.port, tokens, taskId };
      const worstMs = await worstLagWhile(service, taskId, async () => {
        for (const { name, attempt, refusal } of attacks) assert.match(await attempt(door), refusal, name);
      });
      assert.ok(writer.next > 1);
      progressOf(this)(`worst lag under attack: ${worstMs} ms`);
      assert.ok(worstMs < MAX_LAG_MS, `the lag rose to ${worstMs} ms`);
    }
    await becomesEqual(source, target);
    const after = await service.task(taskId);
    assert.deepEqual([after.state, after.reason], [before.state, before.reason]);
    const { body } = await service.cdc("list");
    assert.equal((body.data?.["tasks"] as unknown[]).length, 1);
    for (const token of Object.values(tokens)) assert.ok(!service.log.includes(token));
    assert.match(
      service.log,
      /"who":"reader","action":"DeleteTask",.*"result":"permission_denied","msg":"audit"/,
    );
  });

  async function lagMs(taskId: string): Promise<number> {
    const { health } = await service.task(taskId);
    return Number(health?.["lag_ms"] ?? Infinity);
  }

  async function becomesStreaming(taskId: string): ReturnType<ServiceProcess["task"]> {
    while ((await lagMs(taskId)) > 2_000) await delay(100);
    return service.task(taskId);
  }
});
