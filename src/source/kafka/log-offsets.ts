import { CdcError } from "../../model/errors.js";
import type { ChannelName } from "../../model/ids.js";
import type { ChannelRange } from "../log-reader.js";
import { KafkaTopicError } from "./kafka-errors.js";
import type { BrokerAddress, KafkaSession } from "./kafka-session.js";

/** By channel, the broker that leads it. */
export type Leaders = ReadonlyMap<ChannelName, BrokerAddress>;

/**
 * Who leads the channels that exist.
 * @throws CdcError when one of them has no leader: left out, it would later look like a new one
 */
export async function leadersOf(session: KafkaSession): Promise<Leaders> {
  const leaders = new Map<ChannelName, BrokerAddress>();
  for (const { channel, leader } of await session.topics()) {
    if (leader === undefined) throw noLeader(channel);
    leaders.set(channel, leader);
  }
  return leaders;
}

/**
 * Where the logs of some channels begin and end. What is only just being made is left out, unless `isNeeded`.
 * @throws KafkaTopicError
 */
export async function rangesOf(
  session: KafkaSession,
  leaders: Leaders,
  isNeeded: (channel: ChannelName) => boolean,
): Promise<ChannelRange[]> {
  const ranges: ChannelRange[] = [];
  for (const [broker, channels] of byLeader(leaders)) {
    for (const range of await session.ranges(broker, channels)) {
      if (!(range instanceof KafkaTopicError)) ranges.push(range);
      else if (!range.isPassing || isNeeded(range.topic)) throw range;
    }
  }
  return ranges;
}

/**
 * Of each channel, the first offset with a timestamp of at least `ms`, or else its end.
 * @throws KafkaTopicError
 */
export async function offsetsAt(
  session: KafkaSession,
  leaders: Leaders,
  ms: number,
): Promise<ReadonlyMap<ChannelName, bigint>> {
  const offsets = new Map<ChannelName, bigint>();
  for (const [broker, channels] of byLeader(leaders)) {
    for (const [channel, offset] of await session.offsetsAt(broker, channels, ms)) {
      if (offset instanceof KafkaTopicError) throw offset;
      offsets.set(channel, offset);
    }
  }
  return offsets;
}

export function noLeader(channel: ChannelName): CdcError {
  return new CdcError("LOG_UNAVAILABLE", `topic ${channel} has no leader: are all of Kafka's brokers up?`);
}

function byLeader(leaders: Leaders): ReadonlyMap<BrokerAddress, readonly ChannelName[]> {
  const channels = new Map<BrokerAddress, ChannelName[]>();
  for (const [channel, leader] of leaders) channels.set(leader, [...(channels.get(leader) ?? []), channel]);
  return channels;
}
