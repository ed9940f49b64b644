import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ConnectionOptions } from "node:tls";
import type { KafkaAddress, KafkaTls } from "../../model/kafka-address.js";

/**
 * kafkajs's own cluster and broker classes, used without its consumer: joining
 * a group costs 3 s, and again with each new topic, and leaves a group behind.
 * They are private, and kafkajs is frozen at 2.2.4, which package.json pins.
 */
export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** With no target topics set, this learns of all topics. */
  refreshMetadata(): Promise<void>;
  findBroker(options: { nodeId: string }): Promise<KafkaBroker>;
  readonly brokerPool: { readonly metadata: ClusterMetadata | null };
}

interface ClusterMetadata {
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
  }[];
}

export interface KafkaBroker {
  fetch(request: {
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<FetchResponse>;
  listOffsets(request: {
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { offset: string | number }[] }[] }>;
}

interface FetchResponse {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly messages: readonly FetchedMessage[] }[];
  }[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
}

type ClusterConstructor = new (options: Record<string, unknown>) => KafkaCluster;

/** An answer that takes longer means a lost connection: fetches ask to wait for far less. */
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTION_TIMEOUT_MS = 3_000;

export function createKafkaCluster(config: KafkaAddress): KafkaCluster {
  const require = createRequire(import.meta.url);
  const Cluster = require("kafkajs/src/cluster") as ClusterConstructor;
  const { createLogger } = require("kafkajs/src/loggers") as { createLogger: (options: unknown) => unknown };
  const socketFactory = require("kafkajs/src/network/socketFactory") as () => unknown;
  return new Cluster({
    // errors come back as rejections, and are logged where they are handled
    logger: createLogger({ level: 0, logCreator: () => () => undefined }),
    socketFactory: socketFactory(),
    brokers: [...config.brokers],
    ssl: config.tls === undefined ? undefined : tlsOptions(config.tls),
    sasl: config.sasl,
    clientId: "milvus-cdc",
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
  });
}

function tlsOptions({ serverName, caPath, certPath, keyPath }: KafkaTls): ConnectionOptions {
  return {
    ...(serverName !== undefined && { servername: serverName }),
    ...(caPath !== undefined && { ca: readFileSync(caPath) }),
    ...(certPath !== undefined && { cert: readFileSync(certPath) }),
    ...(keyPath !== undefined && { key: readFileSync(keyPath) }),
  };
}
