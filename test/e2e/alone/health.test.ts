import assert from "node:assert/strict";
import type { Server } from "../../../src/sandbox/server.js";
import { TestCollection, readIds } from "../../support/e2e-collection.js";
import { useSandbox } from "../../support/e2e-sandbox.js";
import { ServiceProcess } from "../../support/e2e-service.js";
import { eventually } from "../../support/eventually.js";
import { revive } from "../../support/revive.js";

/** What the service promises: nobody waits longer to learn of an outage, or of its end. */
const SEEN_WITHIN_MS = 10_000;
/** A server that has just started needs time of its own. */
const STARTED_WITHIN_MS = 60_000;

interface Event {
  readonly at: string;
  readonly text: string;
}

interface Shown {
  readonly status: string;
  /** Everything that explains it. */
  readonly causes: string;
}

describe("the health of an idle task", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();
  let service: ServiceProcess;
  let collection: TestCollection;
  let taskId: string;
  let lastId = 0;

  before(async function () {
    this.timeout(240_000);
    const { source, brokers, sourceUri, targetUri } = sandbox();
    service = await ServiceProcess.start({ sourceUri, brokers });
    collection = new TestCollection(source, "watched");
    await collection.createLoaded();
    taskId = await service.createTask(targetUri);
    await replicates();
    await isIdle(STARTED_WITHIN_MS);
  });
  after(() => service[Symbol.asyncDispose]());

  /** One more row comes to the target. */
  async function replicates(): Promise<void> {
    const id = ++lastId;
    await collection.insert(id, id);
    await eventually(async () => {
      const ids = await readIds(sandbox().target, collection.names);
      assert.equal(ids.at(-1), id);
    });
  }

  async function shown(): Promise<Shown> {
    const { health = {} } = await service.task(taskId);
    return {
      status: String(health["status"]),
      causes: JSON.stringify([health["last_error"], health["problems"]]),
    };
  }

  async function isIdle(timeoutMs: number): Promise<void> {
    await eventually(async () => {
      const { status, causes } = await shown();
      assert.equal(status, "STATUS_IDLE", causes);
    }, timeoutMs);
  }

  async function isSeen(cause: RegExp): Promise<void> {
    await eventually(async () => {
      const { status, causes } = await shown();
      assert.match(status, /^STATUS_(STALLED|DISCONNECTED)$/, causes);
      assert.match(causes, cause);
    }, SEEN_WITHIN_MS);
  }

  async function historySince(at: number): Promise<readonly string[]> {
    const { history = [] } = (await service.task(taskId)) as { history?: readonly Event[] };
    return history.filter((event) => Date.parse(event.at) >= at).map(({ text }) => text);
  }

  /** It has lasted long enough to be worth remembering. */
  async function isNoted(since: number, cause: RegExp): Promise<void> {
    await eventually(async () => assert.match(String(await historySince(since)), cause));
  }

  async function isRemembered(since: number, cause: RegExp): Promise<void> {
    await eventually(async () => {
      const texts = await historySince(since);
      const begin = texts.findIndex((text) => cause.test(text));
      assert.ok(begin >= 0, texts.join("\n"));
      // an end before it is that of an earlier trouble
      const later = texts.slice(begin + 1);
      assert.ok(
        later.some((text) => /^well again after \d+ s$/.test(text)),
        texts.join("\n"),
      );
    });
  }

  /** It hangs: its port still takes connections, and nobody answers. */
  async function hangs(server: Server, code: string, words: string): Promise<void> {
    const since = Date.now();
    let backWithinMs = SEEN_WITHIN_MS;
    await server.kill("SIGSTOP");
    try {
      await isSeen(new RegExp(`${code}.*${words}`));
      await isNoted(since, new RegExp(code));
    } finally {
      await server.kill("SIGCONT");
      // one that was halted for longer than its session ends itself
      if (!server.isRunning) {
        await revive(server);
        backWithinMs = STARTED_WITHIN_MS;
      }
    }
    await isIdle(backWithinMs);
    await replicates();
    await isRemembered(since, new RegExp(code));
  }

  it("names a target that hangs, and is idle again when it answers", () =>
    hangs(sandbox().sandbox.target, "TARGET_UNAVAILABLE", "the target does not answer"));

  it("names a source that hangs, and is idle again when it answers", () =>
    hangs(sandbox().sandbox.source, "SOURCE_UNAVAILABLE", "the source does not answer"));

  it("names a Kafka that hangs, and is idle again when it answers", () =>
    hangs(sandbox().sandbox.kafka, "LOG_UNAVAILABLE", "Kafka does not answer"));

  it("names a target that died, and is idle again soon after its return", async () => {
    const since = Date.now();
    const { target } = sandbox().sandbox;
    await target.kill();
    try {
      await isSeen(/TARGET_UNAVAILABLE/);
      await isNoted(since, /TARGET_UNAVAILABLE/);
    } finally {
      await revive(target);
    }
    await isIdle(SEEN_WITHIN_MS);
    await replicates();
    await isRemembered(since, /^disconnected: TARGET_UNAVAILABLE/);
  });
});
