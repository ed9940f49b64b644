import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";

describe("where a task starts", function () {
  this.timeout(300_000);
  const sandbox = useSandbox();

  it("is the existing rows, the end or the beginning of the log, or a time, as it was asked for", async () => {
    const { source, target, brokers, sourceUri, targetUri } = sandbox();
    await using service = await ServiceProcess.start({ sourceUri, brokers });
    const collection = new TestCollection(source, "rows");
    await collection.createLoaded();
    await collection.insert(1, 10);
    // times are in whole milliseconds, and servers and this process share a clock
    await delay(50);
    const time = new Date().toISOString();
    await delay(50);
    await collection.insert(11, 20);
    const starts: Record<string, string | undefined> = {
      by_default: undefined,
      from_latest: "latest",
      from_earliest: "earliest",
      from_time: time,
    };
    for (const [database, start] of Object.entries(starts)) {
      const { body } = await service.cdc("create", {
        milvus_connect_param: { uri: targetUri },
        collection_infos: [{ name: "*" }],
        name_mapping: [{ source_db: "default", target_db: database }],
        ...(start !== undefined && { start_position: start }),
      });
      assert.equal(body.code, 200, JSON.stringify(body));
    }
    await collection.insert(21, 30);
    const expected: Record<string, number> = {
      by_default: 1,
      from_latest: 21,
      from_earliest: 1,
      from_time: 11,
    };
    for (const [database, first] of Object.entries(expected)) {
      await eventually(async () => {
        const ids = await readIds(target, { db_name: database, collection_name: "rows" });
        assert.deepEqual(
          ids,
          Array.from({ length: 31 - first }, (_, i) => first + i),
          database,
        );
      });
    }
    const { body } = await service.cdc("create", {
      milvus_connect_param: { uri: targetUri },
      collection_infos: [{ name: "*" }],
      start_position: "2020-01-01T00:00:00Z",
    });
    // the log holds all that was ever written, so this is no worse than the earliest
    assert.equal(body.code, 200, JSON.stringify(body));
  });
});
