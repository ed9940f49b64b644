import { SASL_MECHANISMS, type KafkaAddress, type KafkaSasl, type KafkaTls } from "../model/kafka-address.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { SourceConfig } from "./config.js";
import { brokers, integer, milvusUri, oneOf, readablePath, text } from "./kinds.js";
import type { Section } from "./section.js";

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const MAX_CONNECT_TIMEOUT_MS = 600_000;

/** `sources.<name>` */
export function readSource(section: Section): SourceConfig {
  return {
    milvus: section.section("milvus", readMilvus),
    kafka: section.section("kafka", readKafka),
    channelPrefix: section.optional("channel_prefix", text) ?? "by-dev",
  };
}

function readMilvus(section: Section): MilvusAddress {
  const uri = section.required("uri", milvusUri);
  const tls = section.switchable("tls", readClientTls);
  return {
    endpoint: uri.endpoint,
    ...readCredentials(section, uri.token),
    tls: tls ?? (uri.useTls ? {} : undefined),
    connectTimeoutMs:
      section.optional("connect_timeout_ms", integer("milliseconds", 1, MAX_CONNECT_TIMEOUT_MS)) ??
      DEFAULT_CONNECT_TIMEOUT_MS,
  };
}

type Credentials = Pick<MilvusAddress, "token" | "username" | "password">;

function readCredentials(section: Section, uriToken: string | undefined): Credentials {
  const token = section.secret("token");
  const username = section.optional("username", text);
  const password = section.secret("password");
  if (username !== undefined && password === undefined) section.fault("password", "missing beside username");
  if (username === undefined && password !== undefined) section.fault("username", "missing beside password");
  const ways = [uriToken, token, username ?? password].filter((way) => way !== undefined);
  if (ways.length > 1) {
    section.fault("token", "given twice, expected one of token, username and password, credentials in uri");
  }
  return { token: token ?? uriToken, username, password };
}

function readKafka(section: Section): KafkaAddress {
  return {
    brokers: section.required("brokers", brokers),
    tls: section.switchable("tls", readClientTls),
    sasl: section.optionalSection("sasl", readSasl),
  };
}

function readSasl(section: Section): KafkaSasl {
  const mechanism = section.required("mechanism", oneOf(...SASL_MECHANISMS));
  const username = section.required("username", text);
  const password = section.secret("password");
  if (password === undefined) section.fault("password", "missing, expected text, or password_file");
  return { mechanism, username, password: password ?? "" };
}

function readClientTls(section: Section): KafkaTls {
  const certPath = section.optional("cert_path", readablePath);
  const keyPath = section.optional("key_path", readablePath);
  if (certPath !== undefined && keyPath === undefined) section.fault("key_path", "missing beside cert_path");
  if (certPath === undefined && keyPath !== undefined) section.fault("cert_path", "missing beside key_path");
  return {
    serverName: section.optional("server_name", text),
    caPath: section.optional("ca_path", readablePath),
    certPath,
    keyPath,
  };
}
