import type { ChannelName } from "../../model/ids.js";
import type { ChannelRange } from "../log-reader.js";
import type { FetchedMessage, KafkaBroker, KafkaCluster } from "./kafkajs-cluster.js";

/** Kafka's words for the two ends of a log. */
const LATEST = -1;
const EARLIEST = -2;
/** Milvus's topics have one partition each. */
const PARTITION = 0;

/** How long a fetch waits for records. Ticks come every 200 ms, so a longer wait would rarely be used. */
const MAX_WAIT_MS = 200;
/** Enough for the largest message that Milvus logs, and to keep a drain going. */
const MAX_CHANNEL_BYTES = 8 << 20;
const MAX_FETCH_BYTES = 24 << 20;

export interface FetchRequest {
  readonly channel: ChannelName;
  readonly offset: bigint;
}

/** Requests to one connected cluster. A session that failed once is closed and made anew. */
export class KafkaSession {
  readonly #cluster: KafkaCluster;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  async open(): Promise<void> {
    await this.#cluster.connect();
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }

  /** All topics that match, each with the node that leads it. */
  async topics(isWanted: (topic: string) => boolean): Promise<ReadonlyMap<ChannelName, string>> {
    await this.#cluster.refreshMetadata();
    const leaders = new Map<ChannelName, string>();
    for (const { topic, partitionMetadata } of this.#cluster.brokerPool.metadata?.topicMetadata ?? []) {
      const leader = partitionMetadata.find(({ partitionId }) => partitionId === PARTITION)?.leader;
      // a topic that is just being created has no leader for a moment
      if (isWanted(topic) && leader !== undefined && leader >= 0) leaders.set(topic, String(leader));
    }
    return leaders;
  }

  /** Where the logs of some channels, all led by one node, begin and end. */
  async ranges(nodeId: string, channels: readonly ChannelName[]): Promise<ChannelRange[]> {
    const broker = await this.#cluster.findBroker({ nodeId });
    const [starts, ends] = await Promise.all([
      offsets(broker, channels, EARLIEST),
      offsets(broker, channels, LATEST),
    ]);
    return channels.flatMap((channel) => {
      const start = starts.get(channel);
      const end = ends.get(channel);
      return start === undefined || end === undefined ? [] : [{ channel, start, end }];
    });
  }

  async fetch(
    nodeId: string,
    requests: readonly FetchRequest[],
  ): Promise<readonly { channel: ChannelName; messages: readonly FetchedMessage[] }[]> {
    const broker = await this.#cluster.findBroker({ nodeId });
    const { responses } = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_FETCH_BYTES,
      topics: requests.map(({ channel, offset }) => ({
        topic: channel,
        partitions: [{ partition: PARTITION, fetchOffset: offset.toString(), maxBytes: MAX_CHANNEL_BYTES }],
      })),
    });
    return responses.map(({ topicName, partitions }) => ({
      channel: topicName,
      messages: partitions.flatMap(({ messages }) => messages),
    }));
  }
}

async function offsets(
  broker: KafkaBroker,
  channels: readonly ChannelName[],
  timestamp: number,
): Promise<ReadonlyMap<ChannelName, bigint>> {
  const topics = channels.map((topic) => ({ topic, partitions: [{ partition: PARTITION, timestamp }] }));
  const { responses } = await broker.listOffsets({ topics });
  return new Map(responses.map(({ topic, partitions }) => [topic, BigInt(partitions[0]?.offset ?? 0)]));
}
