import {
  LOG_LEVELS,
  type Config,
  type ListenConfig,
  type ListenTls,
  type MetastoreConfig,
  type SourceConfig,
} from "./config.js";
import { readEncryption } from "./read-encryption.js";
import { faultOpenListen, readAuth } from "./read-auth.js";
import { Environment, variableName } from "./environment.js";
import { Faults } from "./faults.js";
import { httpUrl, integer, oneOf, readablePath, text, type Kind } from "./kinds.js";
import { readSource } from "./read-source.js";
import { readTargets } from "./read-targets.js";
import { Section } from "./section.js";

/** Used when the file names no sources: a Milvus and a Kafka on this machine. */
const LOCAL_SOURCES = {
  default: { milvus: { uri: "http://127.0.0.1:19530" }, kafka: { brokers: ["127.0.0.1:9092"] } },
};
const SOURCE_NAME = /^[a-z0-9][a-z0-9_-]*$/i;

const metastoreType: Kind<"sqlite"> = {
  ...oneOf("sqlite"),
  expected: "sqlite (etcd is not supported in this version)",
};

/**
 * Makes a configuration of a file's content and the environment, which wins.
 *
 * @param content - the parsed file, or undefined for none
 * @throws CdcError CONFIG_INVALID naming every fault
 */
export function readConfig(
  content: unknown,
  variables: Readonly<Record<string, string | undefined>>,
): Config {
  const faults = new Faults();
  const environment = new Environment(variables);
  const config = Section.read({ faults, environment }, [], content, (root) => ({
    listen: root.section("listen", readListen),
    auth: root.optionalSection("auth", readAuth),
    metastore: root.section("metastore", readMetastore),
    sources: root.section("sources", (sources) => readSources(sources, environment), LOCAL_SOURCES),
    targets: root.section("targets", readTargets),
    tracing: readTracing(root, variables),
    log: root.section("log", (log) => ({
      level: log.optional("level", oneOf(...LOG_LEVELS)) ?? ("info" as const),
    })),
  }));
  faultOpenListen(config.listen, config.auth, (key, problem) => faults.add(key, problem));
  environment.reportUnknown(faults);
  faults.throwIfAny();
  return deepFreeze(config);
}

function readListen(section: Section): ListenConfig {
  return {
    host: section.optional("host", text) ?? "127.0.0.1",
    port: section.optional("port", integer("a port", 0, 65535)) ?? 8444,
    tls: section.optionalSection("tls", readListenTls),
  };
}

function readListenTls(section: Section): ListenTls {
  return {
    certPath: section.required("cert_path", readablePath),
    keyPath: section.required("key_path", readablePath),
    caPath: section.optional("ca_path", readablePath),
  };
}

function readMetastore(section: Section): MetastoreConfig {
  return {
    type: section.optional("type", metastoreType) ?? "sqlite",
    path: section.optional("path", text) ?? "data/milvus-cdc.db",
    encryption: section.optionalSection("encryption", readEncryption),
  };
}

/** The standard variable switches tracing on as well, and our own key wins over it. */
function readTracing(
  root: Section,
  variables: Readonly<Record<string, string | undefined>>,
): Config["tracing"] {
  const standard = variables["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
  const fallback = standard === "" ? undefined : { otlp_endpoint: standard };
  return root.optionalSection(
    "tracing",
    (tracing) => ({ otlpEndpoint: tracing.required("otlp_endpoint", httpUrl) }),
    fallback,
  );
}

function readSources(section: Section, environment: Environment): Record<string, SourceConfig> {
  const inFile = section.keys();
  const known = new Set(inFile.map((name) => variableName([name])));
  const added = environment.sourceNames().filter((name) => !known.has(variableName([name])));
  return Object.fromEntries(
    [...inFile, ...added].map((name) => {
      if (!SOURCE_NAME.test(name))
        section.fault(name, "no name of a source, expected letters, digits, _ and -");
      return [name, section.section(name, readSource)];
    }),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
