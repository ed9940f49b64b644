import { randomBytes } from "node:crypto";

/** Largest record and request batch the broker takes, so that no test meets a limit of Kafka. */
const KAFKA_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** What the broker's configuration depends on. */
export interface KafkaConfigInput {
  readonly brokerPort: number;
  readonly controllerPort: number;
  readonly logDir: string;
  /** More settings of Kafka, or others than these. */
  readonly extraProperties?: KafkaProperties | undefined;
}

/** Settings of a broker by their names in server.properties. */
export type KafkaProperties = Readonly<Record<string, string | number | boolean>>;

/** The text of server.properties: one node that is broker and controller, on loopback only. */
export function renderKafkaConfig(input: KafkaConfigInput): string {
  const { brokerPort, controllerPort, logDir, extraProperties } = input;
  return renderProperties({
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${brokerPort}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": logDir,
    "auto.create.topics.enable": true,
    "num.partitions": 1,
    "message.max.bytes": KAFKA_MAX_MESSAGE_BYTES,
    "replica.fetch.max.bytes": KAFKA_MAX_MESSAGE_BYTES,
    "socket.request.max.bytes": 2 * KAFKA_MAX_MESSAGE_BYTES,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    // The rest makes it small and quick to start and end.
    "group.initial.rebalance.delay.ms": 0,
    "controlled.shutdown.enable": false,
    // A killed broker cannot come back before its old session is over.
    "broker.session.timeout.ms": 3_000,
    "broker.heartbeat.interval.ms": 500,
    "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    ...extraProperties,
  });
}

/**
 * The text of meta.properties, which marks a log folder as formatted. Writing it spares a
 * run of Kafka's StorageTool (a second of Java); the metadata version is then the latest.
 */
export function renderKafkaMeta(): string {
  return renderProperties({
    version: 1,
    "cluster.id": createKafkaUuid(),
    "directory.id": createKafkaUuid(),
    "node.id": 1,
  });
}

/** 16 random bytes; the marker bits of a UUID keep clear of Kafka's few reserved values. */
function createKafkaUuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(0x41, 0); // no leading dash, which command lines take for an option
  return bytes.toString("base64url");
}

function renderProperties(properties: KafkaProperties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join("");
}
