import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inspect } from "node:util";
import { loadConfig } from "../../../src/config/load-config.js";
import { CdcError } from "../../../src/model/errors.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

describe("loadConfig", () => {
  const newPath = temporaryFolder();
  const fileOf = (content: string): string => {
    const path = newPath("cdc.yaml");
    mkdirSync(dirname(path));
    writeFileSync(path, content);
    return path;
  };
  const faultOf = (path: string): CdcError => {
    try {
      loadConfig(path, {});
    } catch (error) {
      assert(error instanceof CdcError);
      assert.equal(error.code, "CONFIG_INVALID");
      return error;
    }
    assert.fail("the configuration was accepted");
  };

  it("loads the file that DESIGN.md shows", () => {
    const config = loadConfig(
      fileOf(`
listen: { host: 127.0.0.1, port: 8444 }
metastore: { type: sqlite, path: data/milvus-cdc.db }
sources:
  default:
    milvus: { uri: http://127.0.0.1:19530, token: "root:Milvus" }
    kafka: { brokers: [127.0.0.1:9092], tls: true, sasl: { mechanism: plain, username: u, password: p } }
    channel_prefix: by-dev
`),
      {},
    );
    assert.equal(config.sources.default?.milvus.token, "root:Milvus");
    assert.deepEqual(config.sources.default.kafka.brokers, ["127.0.0.1:9092"]);
  });

  it("loads JSON, an empty file, or none", () => {
    assert.equal(loadConfig(fileOf('{"listen": {"port": 1}}'), {}).listen.port, 1);
    assert.equal(loadConfig(fileOf(""), {}).listen.port, 8444);
    assert.equal(loadConfig(undefined, { MILVUS_CDC_LISTEN_PORT: "2" }).listen.port, 2);
  });

  it("names a file that is missing or no file", () => {
    const missing = newPath("none.yaml");
    assert.match(faultOf(missing).message, new RegExp(`${missing}: ENOENT`));
    const folder = dirname(fileOf(""));
    assert.match(faultOf(folder).message, new RegExp(`${folder}: EISDIR`));
  });

  it("names line and column of every error in the YAML", () => {
    const path = fileOf("listen:\n  port: 1\n  port: 2\nlog: {level: info\n");
    const lines = faultOf(path).message.split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(path, "")),
      [":3:3: no YAML (duplicate key)", ":5:1: no YAML (bad indent)"],
    );
  });

  it("names a file whose aliases lead nowhere", () => {
    const path = fileOf("listen: *nothing\n");
    assert.match(faultOf(path).message, new RegExp(`^${path}.*no YAML`));
  });

  it("shows nothing of a file with an error, which may hold a secret", () => {
    for (const content of [
      'token: "hunter2',
      "token: hunter2: x",
      "token: *hunter2",
      "&hunter2 hunter2: [",
      "? !!hunter2 [}",
    ]) {
      assert(!inspect(faultOf(fileOf(content)), { depth: 9 }).includes("hunter2"), content);
    }
  });
});
