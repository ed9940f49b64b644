import assert from "node:assert/strict";
import { becomesEqual, differences } from "../support/e2e-compare.js";
import { MixedLoad } from "../support/e2e-load.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { connectOnce, useSandbox } from "../support/e2e-sandbox.js";
import { revive } from "../support/revive.js";

describe("a mixed load over all kinds of collections in two databases", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();

  it("ends with an equal target, twice, also when service and Kafka are killed on the way", async () => {
    const { sandbox: servers, source, target, brokers, sourceUri, targetUri } = sandbox();
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const taskId = await service.createTask(targetUri);
    // an insert that a client repeats after its answer was lost has its rows twice on the source
    const writer = connectOnce(sourceUri);
    const loads = [new MixedLoad(writer, "default", 1), new MixedLoad(writer, "second", 2)];
    const steps = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await Promise.all(loads.map((load) => load.step()));
    };
    await Promise.all(loads.map((load) => load.prepare()));
    await steps(20);
    await becomesEqual(source, target);

    // the comparison itself must see what is wrong
    await target.delete({ collection_name: "scalars", filter: "id in [1,2,3,4,5,6,7,8,9,10,11,12]" });
    await until(async () => (await differences(source, target)).length > 0);
    const names = { collection_name: "scalars" };
    await source.delete({ ...names, filter: "id in [1,2,3,4,5,6,7,8,9,10,11,12]" });
    await becomesEqual(source, target);

    for (let kill = 0; kill < 3; kill++) {
      const writing = steps(6);
      await service.end("SIGKILL");
      await service.launch();
      await writing;
    }
    await becomesEqual(source, target);

    // not the target: killed under load, a 2.3.5 forgets rows that it has acknowledged, whoever wrote them
    const writing = (async () => {
      for (let i = 0; i < 6; i++) await Promise.all(loads.map((load) => load.tryStep()));
    })();
    await revive(servers.kafka);
    await writing;
    await steps(1);
    await becomesEqual(source, target, 120_000);
    assert.equal((await service.task(taskId)).state, "Running");
    await writer.closeConnection();
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) if (await isTrue()) return;
  throw new Error("it never became true");
}
