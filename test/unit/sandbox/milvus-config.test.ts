import assert from "node:assert/strict";
import { renderMilvusConfig, type MilvusConfigInput } from "../../../src/sandbox/milvus-config.js";

const PORTS = {
  proxy: 1,
  metrics: 2,
  etcdClient: 3,
  etcdPeer: 4,
  proxyInternal: 5,
  rootCoord: 6,
  queryCoord: 7,
  queryNode: 8,
  indexCoord: 9,
  indexNode: 10,
  dataCoord: 11,
  dataNode: 12,
};

const INPUT: MilvusConfigInput = {
  ports: PORTS,
  dirs: { etcd: "/d/etcd", storage: "/d/data", rocksmq: "/d/rocksmq" },
  etcdConfigFile: "/d/etcd.yaml",
  channelPrefix: "other",
  kafkaBrokers: ["127.0.0.1:9092"],
  hasAuthorization: false,
};

const NODE = (name: string): string => `${name}:\n  ip: # none\n  port: {{ a_port(int): 1 }}\n`;

const TEMPLATE = [
  "etcd:\n  endpoints: localhost:{{ etcd_port(int): 2379 }}\n  log:\n    level: {{ l: info }} # levels\n  data:\n    dir: {{ d }}\n",
  "localStorage:\n  path: {{ p }}\n",
  "mq:\n  type: rocksmq\n",
  "# kafka:\n#   brokerList:\n",
  "rocksmq:\n  path: {{ q }}\n",
  ...["rootCoord", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode"].map(NODE),
  `${NODE("proxy")}  internalPort: {{ i(int): 2 }}\n`,
  "indexCoord:\n  bindIndexNodeMode:\n    address: localhost:{{ x }}\n",
  "log:\n  level: info\n  file:\n    rootPath: {{ system_log_path }} # none\n",
  "tls:\n  serverPemPath: {{ server_pem_path: server.pem }}\n",
  "common:\n  chanNamePrefix:\n    cluster: by-dev\n  session:\n    ttl: 30\n  security:\n    authorizationEnabled: {{ authorization_enabled(bool): false }}\n",
  "trace:\n  exporter: stdout\n",
].join("\n");

describe("renderMilvusConfig", () => {
  const lines = renderMilvusConfig(TEMPLATE, INPUT).split("\n");

  it("sets keys by their place, not by their name alone", () => {
    assert.deepEqual(
      lines.filter((line) => line.startsWith("  port:")),
      [6, 7, 8, 10, 11, 12, 1].map((port) => `  port: ${port}`),
    );
    assert.ok(lines.includes("    cluster: other"));
  });

  it("keeps the default of every placeholder that is not set", () => {
    assert.ok(lines.includes("  serverPemPath: server.pem"));
    assert.ok(lines.includes("    rootPath:  # none"));
    assert.ok(lines.includes("  exporter: stdout"));
  });

  it("puts the log on Kafka only when there is one", () => {
    assert.ok(lines.includes("  type: kafka"));
    assert.ok(lines.includes("  brokerList: 127.0.0.1:9092"));
    const embedded = renderMilvusConfig(TEMPLATE, { ...INPUT, kafkaBrokers: undefined });
    assert.match(embedded, /^ {2}type: rocksmq$/m);
    assert.doesNotMatch(embedded, /^kafka:/m);
  });

  it("asks for credentials only when told to", () => {
    const line = (value: boolean): string => `    authorizationEnabled: ${value}`;
    assert.ok(lines.includes(line(false)));
    const secured = renderMilvusConfig(TEMPLATE, { ...INPUT, hasAuthorization: true }).split("\n");
    assert.ok(secured.includes(line(true)));
  });

  it("refuses a template that lacks a key, naming it", () => {
    assert.throws(
      () => renderMilvusConfig(TEMPLATE.replace("ttl", "gone"), INPUT),
      /no key common\.session\.ttl/,
    );
  });
});
