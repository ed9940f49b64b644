/** A physical channel of the source's log: the name of its Kafka topic. */
export type ChannelName = string;

/** Milvus's number of a collection; never reused, so it outlives names. */
export type CollectionId = bigint;

/** 32 lower-case hex digits. */
export type TaskId = string;

/** A Milvus timestamp: milliseconds since 1970 in the upper bits, 18 bits of counter below. */
export type HybridTs = bigint;

const LOGICAL_BITS = 18n;

/** The wall-clock part of a timestamp, in ms since 1970. */
export function physicalMs(ts: HybridTs): number {
  return Number(ts >> LOGICAL_BITS);
}

/** The first timestamp of a millisecond. */
export function hybridTs(ms: number): HybridTs {
  return BigInt(Math.floor(ms)) << LOGICAL_BITS;
}
