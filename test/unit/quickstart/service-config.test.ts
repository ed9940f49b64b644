import assert from "node:assert/strict";
import { parse } from "yaml";
import { readConfig } from "../../../src/config/read-config.js";
import { renderServiceConfig } from "../../../src/quickstart/service-config.js";

describe("the configuration for the service", () => {
  it("is one that the service takes, without a fault", () => {
    const text = renderServiceConfig({
      port: 8444,
      databasePath: "/tmp/a folder/#1: milvus-cdc.db",
      sourceUri: "http://127.0.0.1:19530",
      brokers: ["127.0.0.1:9092"],
      channelPrefix: "by-dev",
    });
    const config = readConfig(parse(text), {});
    assert.deepEqual(config.listen, { host: "127.0.0.1", port: 8444, tls: undefined });
    assert.equal(config.metastore.path, "/tmp/a folder/#1: milvus-cdc.db");
    assert.equal(config.sources["default"]?.milvus.endpoint, "127.0.0.1:19530");
    assert.deepEqual(config.sources["default"].kafka.brokers, ["127.0.0.1:9092"]);
    assert.equal(config.sources["default"].channelPrefix, "by-dev");
  });
});
