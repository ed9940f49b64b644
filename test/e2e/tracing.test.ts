import assert from "node:assert/strict";
import { TestCollection } from "../support/e2e-collection.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { OtlpReceiver } from "../support/otlp-receiver.js";

describe("traces of the service", function () {
  this.timeout(120_000);
  const servers = useSandbox();

  it("tell of each batch that goes to the target, without what is in it", async () => {
    await using receiver = await OtlpReceiver.start();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const collection = new TestCollection(servers().source, "books");
    await collection.createLoaded();
    {
      await using service = await ServiceProcess.over(servers().sandbox, { env });
      const taskId = await service.createTask(servers().targetUri, ["*"], { start_position: "latest" });
      await collection.insert(42_424_242, 42_424_242);
      await eventually(() => {
        const write =
          receiver.spans.find(({ name }) => name === "write") ?? assert.fail("no batch was traced");
        assert.equal(write.attributes["milvus_cdc.task_id"], taskId);
        assert.equal(write.attributes["milvus_cdc.collection"], "default.books");
        assert.equal(String(write.attributes["milvus_cdc.rows"]), "1");
      }, 60_000);
      assert.equal(await service.end("SIGTERM"), 0);
    }
    assert.ok(receiver.spans.some(({ name }) => name === "milvus.cdc.v1.CdcService/CreateTask"));
    assert.doesNotMatch(receiver.bodies.join(), /42424242/);
  });
});
