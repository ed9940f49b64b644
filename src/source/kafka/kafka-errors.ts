import { CdcError } from "../../model/errors.js";

const UNAUTHORIZED_TYPES: readonly string[] = [
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
];

/** kafkajs's errors carry Kafka's error name in `type`. */
function typeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "KafkaJSSASLAuthenticationError") return "SASL_AUTHENTICATION_FAILED";
  return "type" in error && typeof error.type === "string" ? error.type : undefined;
}

export function isOffsetOutOfRange(error: unknown): boolean {
  return typeOf(error) === "OFFSET_OUT_OF_RANGE";
}

/** What a failure of Kafka means. */
export function errorOfKafka(brokers: readonly string[], error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = UNAUTHORIZED_TYPES.includes(typeOf(error) ?? "") ? "LOG_UNAUTHORIZED" : "LOG_UNAVAILABLE";
  return new CdcError(code, `Kafka at ${brokers.join(" and ")}: ${text}`, { cause: error });
}
