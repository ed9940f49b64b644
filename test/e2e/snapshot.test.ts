import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { MixedLoad } from "../support/e2e-load.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";

/** Seven kinds of collections in two databases: 98,000 rows in all. */
const ROWS_EACH = 7_000;
const SEED = Number(process.env["E2E_SEED"] ?? 1);

describe("a task over a source that has rows already", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();

  it("ends with an equal target while all of it is being written, also when the service is killed on the way", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    const loads = [new MixedLoad(source, "default", SEED), new MixedLoad(source, "second", SEED + 100)];
    for (const load of loads) await load.prepare();
    for (const load of loads) await load.fill(ROWS_EACH);
    const unloaded = new TestCollection(source, "unloaded");
    await unloaded.create();
    await unloaded.insert(1, 500);
    const empty = new TestCollection(source, "empty");
    await empty.createLoaded();
    let isWriting = true;
    const writing = Promise.all(
      loads.map(async (load) => {
        while (isWriting) await load.step();
      }),
    );
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    const copied = new Map<string, number>();
    for (let kill = 0; kill < 2; kill++) {
      await moreIsCopied(service, taskId, copied);
      await service.end("SIGKILL");
      await service.launch();
    }
    await delay(5_000);
    isWriting = false;
    await writing;
    await becomesEqual(source, target, 120_000);
    await unloaded.index();
    await unloaded.load();
    await becomesEqual(source, target, 120_000);
    assert.equal((await service.task(taskId)).state, "Running");
  });
});

interface Copied {
  readonly collections: readonly { readonly id: string; readonly snapshot?: { copied_rows?: string } }[];
}

/** Some collection is in the midst of its copy, and further than when it was last seen. */
async function moreIsCopied(
  service: ServiceProcess,
  taskId: string,
  seen: Map<string, number>,
): Promise<void> {
  await eventually(async () => {
    const { collections } = (await service.task(taskId)) as unknown as Copied;
    const rows = collections.map(({ id, snapshot }) => [id, Number(snapshot?.copied_rows ?? 0)] as const);
    const isFurther = rows.some(([id, copied]) => copied > (seen.get(id) ?? 0));
    for (const [id, copied] of rows) seen.set(id, copied);
    assert.ok(isFurther, "nothing was copied");
  });
}
