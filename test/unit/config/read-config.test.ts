import assert from "node:assert/strict";
import type { Config } from "../../../src/config/config.js";
import { readConfig } from "../../../src/config/read-config.js";
import { faultLines } from "./fault-lines.js";

type Variables = Record<string, string>;

const localSource = {
  milvus: {
    endpoint: "127.0.0.1:19530",
    token: undefined,
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 10_000,
  },
  kafka: { brokers: ["127.0.0.1:9092"], tls: undefined, sasl: undefined },
  channelPrefix: "by-dev",
};
const defaults: Config = {
  listen: { host: "127.0.0.1", port: 8444, tls: undefined },
  auth: undefined,
  metastore: { type: "sqlite", path: "data/milvus-cdc.db", encryption: undefined },
  sources: { default: localSource },
  targets: { allow: [], tlsFolder: undefined },
  tracing: undefined,
  log: { level: "info" },
};

const read = (content?: unknown, variables: Variables = {}) => readConfig(content, variables);
const faults = (content?: unknown, variables: Variables = {}) => faultLines(() => read(content, variables));
const source = (name: string, variables: Variables, content?: unknown) =>
  read(content, variables).sources[name];

describe("readConfig", () => {
  it("has a default for everything", () => {
    for (const content of [undefined, null, {}, { listen: null, sources: null }])
      assert.deepEqual(read(content), defaults);
  });

  it("freezes what it answers, deeply", () => {
    const config = read();
    const parts = [config, config.listen, config.sources, config.sources.default?.kafka.brokers];
    assert(parts.every((part) => Object.isFrozen(part)));
  });

  it("requires address and brokers of a source that the file names", () => {
    assert.deepEqual(faults({ sources: { default: {} } }), [
      "sources.default.milvus.uri: missing, expected http://host:port, https://host:port or host:port",
      "sources.default.kafka.brokers: missing, expected a list of host:port",
    ]);
  });

  it("names every fault of every part at once, with what was given and what is expected", () => {
    const content = {
      listen: { host: 7, port: 65536, prot: 1 },
      metastore: { type: "etcd", path: "" },
      sources: { "no name": { milvus: { uri: "ftp://x" }, kafka: { brokers: ["nowhere", "x:0"] } }, eu: "x" },
      log: { level: "loud" },
      lissten: {},
    };
    assert.deepEqual(faults(content), [
      "listen.host: 7 given, expected text",
      "listen.port: 65536 given, expected a port from 0 to 65535",
      "listen.prot: unknown, did you mean port?",
      'metastore.type: "etcd" given, expected sqlite (etcd is not supported in this version)',
      'metastore.path: "" given, expected text',
      "sources.no name: no name of a source, expected letters, digits, _ and -",
      'sources.no name.milvus.uri: "ftp://x" given, expected http://host:port, https://host:port or host:port',
      "sources.no name.kafka.brokers: a list given, expected a list of host:port",
      "sources.eu: a string given, expected keys and values",
      "sources.eu.milvus.uri: missing, expected http://host:port, https://host:port or host:port",
      "sources.eu.kafka.brokers: missing, expected a list of host:port",
      'log.level: "loud" given, expected one of trace, debug, info, warn, error, fatal, silent',
      "lissten: unknown, did you mean listen?",
    ]);
  });

  for (const content of ["text", 5, [1]]) {
    it(`wants keys and values, not ${JSON.stringify(content)}`, () => {
      const kind = Array.isArray(content) ? "list" : typeof content;
      assert.deepEqual(faults(content), [`the file: a ${kind} given, expected keys and values`]);
    });
  }

  for (const port of [-1, 1.5, 65_536, "-1", "1e3", "", true, Infinity]) {
    it(`takes ${JSON.stringify(port)} for no port`, () => {
      assert.equal(faults({ listen: { port } }).length, 1);
    });
  }

  for (const brokers of [
    [],
    "",
    ["x"],
    ["x:0"],
    ["x:65536"],
    ["x:1", 2],
    ["http://x:1"],
    "x:1,",
    ":1",
    ["::1:1"],
  ]) {
    it(`takes ${JSON.stringify(brokers)} for no brokers`, () => {
      const sources = { s: { milvus: { uri: "x" }, kafka: { brokers } } };
      assert.equal(faults({ sources }).length, 1);
    });
  }

  it("takes names that every object has as ordinary ones", () => {
    const aSource = { milvus: { uri: "x" }, kafka: { brokers: ["x:1"] } };
    assert(Object.hasOwn(read({ sources: { constructor: aSource } }).sources, "constructor"));
    const variables = {
      MILVUS_CDC_SOURCES_CONSTRUCTOR_MILVUS_URI: "x",
      MILVUS_CDC_SOURCES_CONSTRUCTOR_KAFKA_BROKERS: "x:1",
    };
    assert(Object.hasOwn(read(undefined, variables).sources, "constructor"));
    assert.deepEqual(faults({ listen: { toString: 1 } }), ["listen.toString: unknown"]);
    assert.deepEqual(faults({ sources: { ["__proto__"]: aSource } }), [
      "sources.__proto__: no name of a source, expected letters, digits, _ and -",
    ]);
  });
});

describe("readConfig and the environment", () => {
  it("traces when the standard variable names a collector, where our own key names no other", () => {
    const standard = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318" };
    assert.deepEqual(read(undefined, standard).tracing, { otlpEndpoint: "http://a:4318" });
    const content = { tracing: { otlp_endpoint: "http://b:4318" } };
    assert.deepEqual(read(content, standard).tracing, { otlpEndpoint: "http://b:4318" });
    assert.deepEqual(faults({ tracing: { otlp_endpoint: "b:4318" } }), [
      'tracing.otlp_endpoint: "b:4318" given, expected http://host:port or https://host:port',
    ]);
  });

  it("leaves the variables of the commands alone", () => {
    const variables = { MILVUS_CDC_SERVER: "x", MILVUS_CDC_TOKEN: "y", MILVUS_CDC_TARGET_TOKEN: "z" };
    assert.deepEqual(read(undefined, variables), defaults);
    assert.deepEqual(faults(undefined, { MILVUS_CDC_SERVERS: "x" }), ["MILVUS_CDC_SERVERS: unknown"]);
  });

  it("lets a variable win over the file, and the file over the default", () => {
    const content = { listen: { host: "::1", port: 1 }, metastore: { path: "x.db" } };
    const config = read(content, { MILVUS_CDC_LISTEN_PORT: "2" });
    assert.deepEqual(config.listen, { host: "::1", port: 2, tls: undefined });
    assert.equal(config.metastore.path, "x.db");
  });

  it("has a variable for every key, also those with underscores", () => {
    const variables = {
      MILVUS_CDC_LISTEN_HOST: "127.0.0.2",
      MILVUS_CDC_METASTORE_TYPE: "sqlite",
      MILVUS_CDC_METASTORE_PATH: "/x.db",
      MILVUS_CDC_LOG_LEVEL: "debug",
      MILVUS_CDC_TRACING_OTLP_ENDPOINT: "http://collector:4318",
      MILVUS_CDC_SOURCES_DEFAULT_MILVUS_URI: "https://milvus:1",
      MILVUS_CDC_SOURCES_DEFAULT_MILVUS_USERNAME: "root",
      MILVUS_CDC_SOURCES_DEFAULT_MILVUS_PASSWORD: "12345",
      MILVUS_CDC_SOURCES_DEFAULT_MILVUS_CONNECT_TIMEOUT_MS: "50",
      MILVUS_CDC_SOURCES_DEFAULT_KAFKA_BROKERS: "a:1, [::1]:2",
      MILVUS_CDC_SOURCES_DEFAULT_KAFKA_TLS_SERVER_NAME: "kafka",
      MILVUS_CDC_SOURCES_DEFAULT_KAFKA_SASL_MECHANISM: "scram-sha-256",
      MILVUS_CDC_SOURCES_DEFAULT_KAFKA_SASL_USERNAME: "u",
      MILVUS_CDC_SOURCES_DEFAULT_KAFKA_SASL_PASSWORD: "p",
      MILVUS_CDC_SOURCES_DEFAULT_CHANNEL_PREFIX: "eu",
    };
    const tls = { serverName: "kafka", caPath: undefined, certPath: undefined, keyPath: undefined };
    assert.deepEqual(read(undefined, variables), {
      listen: { host: "127.0.0.2", port: 8444, tls: undefined },
      auth: undefined,
      metastore: { type: "sqlite", path: "/x.db", encryption: undefined },
      sources: {
        default: {
          milvus: {
            endpoint: "milvus:1",
            token: undefined,
            username: "root",
            password: "12345",
            tls: {},
            connectTimeoutMs: 50,
          },
          kafka: {
            brokers: ["a:1", "[::1]:2"],
            tls,
            sasl: { mechanism: "scram-sha-256", username: "u", password: "p" },
          },
          channelPrefix: "eu",
        },
      },
      targets: { allow: [], tlsFolder: undefined },
      tracing: { otlpEndpoint: "http://collector:4318" },
      log: { level: "debug" },
    });
  });

  it("changes a source of the file whose name is equal but for case and punctuation", () => {
    const content = { sources: { "Eu-West": { milvus: { uri: "x" }, kafka: { brokers: ["x:1"] } } } };
    const variables = { MILVUS_CDC_SOURCES_EU_WEST_CHANNEL_PREFIX: "eu" };
    assert.deepEqual(Object.keys(read(content, variables).sources), ["Eu-West"]);
    assert.equal(source("Eu-West", variables, content)?.channelPrefix, "eu");
  });

  it("adds a source in lower case, whatever words are in its name", () => {
    const variables = {
      MILVUS_CDC_SOURCES_MY_KAFKA_MILVUS_URI: "x",
      MILVUS_CDC_SOURCES_MY_KAFKA_KAFKA_BROKERS: "x:1",
    };
    assert.deepEqual(Object.keys(read(undefined, variables).sources), ["default", "my_kafka"]);
    assert.deepEqual(source("my_kafka", variables)?.kafka.brokers, ["x:1"]);
  });

  it("names the variable that holds a fault", () => {
    assert.deepEqual(faults({ listen: { port: 1 } }, { MILVUS_CDC_LISTEN_PORT: "1e3" }), [
      'listen.port: "1e3" given by MILVUS_CDC_LISTEN_PORT, expected a port from 0 to 65535',
    ]);
  });

  it("reports variables that set nothing, but for those of Kubernetes", () => {
    const variables = {
      MILVUS_CDC_LISTEN_PROT: "1",
      MILVUS_CDC_SOURCES_DEFAULT_KAFAK_BROKERS: "x:1",
      MILVUS_CDC_SERVICE_HOST: "10.0.0.1",
      MILVUS_CDC_SERVICE_PORT_GRPC: "8444",
      MILVUS_CDC_PORT: "tcp://10.0.0.1:8444",
      MILVUS_CDC_PORT_8444_TCP_ADDR: "10.0.0.1",
      OTHER: "x",
    };
    assert.deepEqual(faults(undefined, variables), [
      "MILVUS_CDC_LISTEN_PROT: unknown, did you mean MILVUS_CDC_LISTEN_PORT?",
      "MILVUS_CDC_SOURCES_DEFAULT_KAFAK_BROKERS: unknown, did you mean MILVUS_CDC_SOURCES_DEFAULT_KAFKA_BROKERS?",
    ]);
  });

  it("takes an empty variable as absent", () => {
    assert.deepEqual(
      read(undefined, { MILVUS_CDC_LISTEN_PORT: "", MILVUS_CDC_LISTEN_TLS_CERT_PATH: "" }),
      defaults,
    );
  });
});
