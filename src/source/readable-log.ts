import type { ChannelRange, LogReader } from "./log-reader.js";

/** What to do where Kafka does not have what a source writes. */
export const OTHER_LOG_REMEDY =
  "Check `channel_prefix` and `kafka.brokers`: the source's milvus.yaml has them as msgChannel.chanNamePrefix.cluster and kafka.brokerList.";

/**
 * Reads the newest record of a channel, which takes more rights than to see where its log ends. False when it is gone
 * already; undefined when there is none yet.
 *
 * @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED
 */
export async function isReadable(
  reader: Pick<LogReader, "record">,
  { channel, start, end }: ChannelRange,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (end <= start) return undefined;
  return (await reader.record(channel, end - 1n, signal)) !== undefined;
}
