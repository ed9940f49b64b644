import { CdcError, type ErrorCode } from "../../model/errors.js";
import type { KafkaAddress } from "../../model/kafka-address.js";
import { describeChannels } from "./channel-names.js";
import { describeErrorCode } from "./kafkajs-broker.js";

const UNAUTHORIZED_TYPES: readonly string[] = [
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE",
];

/** What the broker that leads a topic says while topics are made or change their leader. */
const PASSING_TYPES: readonly string[] = [
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
];

/** What Node says about the other side's certificate. */
const CERTIFICATE_CODES = /CERT|^UNABLE_TO_|^ERR_TLS_/;

/** An error that Kafka tells about one topic. */
export class KafkaTopicError extends Error {
  override readonly name = "KafkaTopicError";
  readonly topic: string;
  /** Kafka's name of the error. */
  readonly type: string;

  constructor(topic: string, errorCode: number) {
    const { type, message } = describeErrorCode(errorCode);
    super(`topic ${topic}: ${message} (${type})`);
    this.topic = topic;
    this.type = type;
  }

  get isUnauthorized(): boolean {
    return UNAUTHORIZED_TYPES.includes(this.type);
  }

  get isOffsetOutOfRange(): boolean {
    return this.type === "OFFSET_OUT_OF_RANGE";
  }

  /** Whether it goes by without anybody doing anything. */
  get isPassing(): boolean {
    return PASSING_TYPES.includes(this.type);
  }
}

/** What a failure of Kafka means, with what an operator has to know to end it. */
export function errorOfKafka(config: KafkaAddress, channelPrefix: string, error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const where = `Kafka at ${config.brokers.join(" and ")}`;
  if (error instanceof KafkaTopicError && error.isUnauthorized) {
    const who = config.sasl === undefined ? "this client" : `user ${config.sasl.username}`;
    const what = `allow ${who} Describe and Read on ${describeChannels(channelPrefix)}`;
    return new CdcError("LOG_UNAUTHORIZED", `${where}: ${error.message}; ${what}`, { cause: error });
  }
  return new CdcError(codeOf(error), `${where}: ${textOf(error, where)}`, { cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof AggregateError && error.errors.some((one) => codeOf(one) === "LOG_UNAUTHORIZED"))
    return "LOG_UNAUTHORIZED";
  if (!(error instanceof Error)) return "LOG_UNAVAILABLE";
  if (error.name === "KafkaJSSASLAuthenticationError") return "LOG_UNAUTHORIZED";
  const type = propertyOf(error, "type");
  return type !== undefined && UNAUTHORIZED_TYPES.includes(type) ? "LOG_UNAUTHORIZED" : "LOG_UNAVAILABLE";
}

function textOf(error: unknown, where: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map((one) => textOf(one, "")).join("; ");
  // OpenSSL ends its messages with a new line
  const text = error.message.trim();
  const broker = propertyOf(error, "broker");
  const isNamed = broker === undefined || `${where} ${text}`.includes(broker);
  return `${isNamed ? "" : `${broker}: `}${text}${hintOf(error)}`;
}

function hintOf(error: Error): string {
  const code = propertyOf(error, "code") ?? "";
  if (CERTIFICATE_CODES.test(code)) return ` (${code}: the certificates do not fit, see kafka.tls)`;
  if (error.name === "KafkaJSConnectionClosedError" || code === "ECONNRESET")
    return " (it also does so to clients without the TLS, certificate or SASL that it wants)";
  return "";
}

/** kafkajs's errors carry Kafka's error name in `type`, the broker in `broker` and Node's error code in `code`. */
function propertyOf(error: Error, name: "type" | "broker" | "code"): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}
