import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ConnectionOptions } from "node:tls";
import type { KafkaAddress, KafkaTls } from "../../model/kafka-address.js";
import { FIRST_WITH_BATCHES, readFetchAnswer } from "./fetch-answer.js";
import type { Fetched } from "./fetched.js";
import { lookOnlyWhileRequestsWait, type PooledConnections } from "./quiet-queue.js";
import type { SessionSockets } from "./session-sockets.js";

/** Answer about brokers and topics. */
export interface Metadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
  }[];
}

/** Answer about where logs begin or end. */
export interface Offsets {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}

/** Answer about topics' configuration. */
export interface TopicConfigs {
  readonly resources: readonly {
    readonly resourceName: string;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

/** What is asked for, in Kafka's own words. */
export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

type Decode = (data: Buffer) => Promise<unknown>;

interface Exchange {
  readonly request: { readonly apiVersion: number };
  readonly response: { readonly decode: Decode };
}

interface RawBroker {
  connect(): Promise<void>;
  readonly lookupRequest: (apiKey: number, definition: unknown) => (request: unknown) => Exchange;
  readonly connectionPool: { send(exchange: unknown): Promise<unknown> };
}

type ApiName = "Metadata" | "ListOffsets" | "Fetch" | "DescribeConfigs";

const require = createRequire(import.meta.url);
const RawBroker = require("kafkajs/src/broker") as new (options: unknown) => RawBroker;
const ConnectionPool = require("kafkajs/src/network/connectionPool") as new (
  options: unknown,
) => PooledConnections;
const { createLogger } = require("kafkajs/src/loggers") as { createLogger: (options: unknown) => unknown };
const { requests } = require("kafkajs/src/protocol/requests") as { requests: Record<ApiName, unknown> };
const apiKeys = require("kafkajs/src/protocol/requests/apiKeys") as Record<ApiName, number>;
const { createErrorFromCode } = require("kafkajs/src/protocol/error") as {
  createErrorFromCode: (code: number) => Error & { readonly type: string };
};

const CONNECTION_TIMEOUT_MS = 3_000;
/** Kafka's number for a topic among the things that have a configuration. */
const TOPIC = 2;
/** Unused: whoever asks sets the bound, for connecting and logging in as well. */
const NO_TIMEOUT_MS = 600_000;

/**
 * One broker, spoken to by kafkajs's own classes, without its consumer: joining
 * a group costs 3 s, and again with each new topic, and leaves a group behind.
 * They are private, and kafkajs is frozen at 2.2.4, which package.json pins.
 *
 * Errors of single topics stay in the answers: kafkajs would make the first one,
 * of whatever topic of the cluster, an error of the whole request.
 */
export class KafkaBroker {
  readonly #broker: RawBroker;

  /** Connects with `connect`; TLS files are read anew each time, so that renewed ones are taken. */
  constructor(config: KafkaAddress, host: string, port: number, sockets: SessionSockets) {
    // errors come back as rejections, and are logged where they are handled
    const logger = createLogger({ level: 0, logCreator: () => () => undefined });
    const connectionPool = new ConnectionPool({
      host,
      port,
      logger,
      ssl: config.tls === undefined ? undefined : tlsOptions(config.tls),
      // kafkajs stores its authenticator in this object
      sasl: config.sasl === undefined ? undefined : { ...config.sasl },
      clientId: "milvus-cdc",
      socketFactory: sockets.create,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: NO_TIMEOUT_MS,
      enforceRequestTimeout: false,
    });
    lookOnlyWhileRequestsWait(connectionPool);
    this.#broker = new RawBroker({
      logger,
      allowAutoTopicCreation: false,
      authenticationTimeout: NO_TIMEOUT_MS,
      connectionPool,
    });
  }

  connect(): Promise<void> {
    return this.#broker.connect();
  }

  /** About some topics, which need not exist; about all that may be described when none is named. */
  metadata(topics: readonly string[]): Promise<Metadata> {
    return this.#ask("Metadata", { topics, allowAutoTopicCreation: false });
  }

  listOffsets(topics: readonly { topic: string; partitions: readonly unknown[] }[]): Promise<Offsets> {
    return this.#ask("ListOffsets", { topics });
  }

  /** What some keys of the topics' configuration say, the broker's defaults included. */
  describeConfigs(topics: readonly string[], keys: readonly string[]): Promise<TopicConfigs> {
    return this.#ask("DescribeConfigs", {
      resources: topics.map((name) => ({ type: TOPIC, name, configNames: keys })),
      includeSynonyms: false,
    });
  }

  fetch(request: FetchRequest): Promise<Fetched> {
    return this.#ask("Fetch", { ...request, rackId: "" }, ({ request: { apiVersion }, response }) =>
      apiVersion < FIRST_WITH_BATCHES ? response.decode : (data) => readFetchAnswer(data, apiVersion),
    );
  }

  async #ask<T>(
    api: ApiName,
    question: unknown,
    decoderOf: (exchange: Exchange) => Decode = ({ response }) => response.decode,
  ): Promise<T> {
    const asked = this.#broker.lookupRequest(apiKeys[api], requests[api])(question);
    const exchange = {
      request: asked.request,
      response: { decode: decoderOf(asked), parse: (data: unknown) => Promise.resolve(data) },
    };
    return (await this.#broker.connectionPool.send(exchange)) as T;
  }
}

/** Kafka's name and words for an error code. */
export function describeErrorCode(code: number): { readonly type: string; readonly message: string } {
  const { type, message } = createErrorFromCode(code);
  return { type, message };
}

function tlsOptions({ serverName, caPath, certPath, keyPath }: KafkaTls): ConnectionOptions {
  return {
    ...(serverName !== undefined && { servername: serverName }),
    ...(caPath !== undefined && { ca: readFileSync(caPath) }),
    ...(certPath !== undefined && { cert: readFileSync(certPath) }),
    ...(keyPath !== undefined && { key: readFileSync(keyPath) }),
  };
}
