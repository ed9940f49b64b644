import { linkedAbort, untilAborted } from "../../async/abort.js";
import type { KafkaAddress } from "../../model/kafka-address.js";
import type { ChannelName } from "../../model/ids.js";
import type { ChannelRange } from "../log-reader.js";
import { channelMatcher, surestChannels } from "./channel-names.js";
import { KafkaTopicError } from "./kafka-errors.js";
import type { FetchedMessage } from "./fetched.js";
import { KafkaBroker } from "./kafkajs-broker.js";
import { SessionSockets } from "./session-sockets.js";

/** Kafka's words for the two ends of a log. */
const LATEST = -1;
const EARLIEST = -2;
/** Its offset for a time that no record has. */
const NONE = -1n;
/** Milvus's topics have one partition each. */
const PARTITION = 0;

/** How long a fetch waits for records. Ticks come every 200 ms, so a longer wait would rarely be used. */
const MAX_WAIT_MS = 200;
/** Enough to keep a drain going. A larger message comes alone. */
const MAX_CHANNEL_BYTES = 4 << 20;
const MAX_FETCH_BYTES = 8 << 20;

/** An answer that takes longer means a lost connection. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Records may have to come over a slow line. */
const RECORDS_TIMEOUT_MS = 30_000;

/** `host:port` of a broker. */
export type BrokerAddress = string;

/** A channel's topic in the cluster. */
export interface ChannelTopic {
  readonly channel: ChannelName;
  /** The broker that leads it; a topic that is just being made, or whose brokers are down, has none. */
  readonly leader: BrokerAddress | undefined;
}

export interface FetchRequest {
  readonly channel: ChannelName;
  readonly offset: bigint;
}

/** What came of a channel: messages, or why there are none. */
export interface FetchAnswer {
  readonly channel: ChannelName;
  readonly messages: readonly FetchedMessage[];
  readonly error: KafkaTopicError | undefined;
}

/** A channel's range, or why it cannot be told. */
export type RangeAnswer = ChannelRange | KafkaTopicError;

/** By channel, an offset, or why it cannot be told. */
export type OffsetAnswers = ReadonlyMap<ChannelName, bigint | KafkaTopicError>;

const RETENTION = "retention.ms";
const CLEANUP = "cleanup.policy";

/** Requests to one cluster. A session that failed once is closed and made anew. */
export class KafkaSession {
  readonly #config: KafkaAddress;
  readonly #channelPrefix: string;
  readonly #sockets = new SessionSockets();
  readonly #closing = new AbortController();
  readonly #brokers = new Map<BrokerAddress, Promise<KafkaBroker>>();
  #seed: BrokerAddress = "";
  #turn = 0;

  constructor(config: KafkaAddress, channelPrefix: string) {
    this.#config = config;
    this.#channelPrefix = channelPrefix;
  }

  /** Connects to the first of the configured brokers that lets it, and sees whether the channels may be read. */
  async open(): Promise<void> {
    const failures: unknown[] = [];
    for (const address of this.#config.brokers) {
      this.#closing.signal.throwIfAborted();
      try {
        await this.#broker(address);
        this.#seed = address;
        break;
      } catch (error) {
        failures.push(error);
      }
    }
    if (this.#seed === "") throw failures.length === 1 ? failures[0] : new AggregateError(failures);
    await this.#checkRights();
  }

  /** Ends pending requests with an error. */
  close(): void {
    this.#closing.abort(new Error("the session is closed"));
    this.#sockets.close();
  }

  /** The channels that exist. */
  async topics(): Promise<readonly ChannelTopic[]> {
    const isChannel = channelMatcher(this.#channelPrefix);
    const { brokers, topicMetadata } = await this.#metadata([]);
    return topicMetadata
      .filter(({ topic }) => isChannel(topic))
      .map(({ topic, partitionMetadata }) => {
        const leaderId = partitionMetadata.find(({ partitionId }) => partitionId === PARTITION)?.leader;
        const leader = brokers.find(({ nodeId }) => nodeId === leaderId);
        return { channel: topic, leader: leader && `${leader.host}:${leader.port}` };
      });
  }

  /** Where the logs of some channels, all led by one broker, begin and end. */
  async ranges(leader: BrokerAddress, channels: readonly ChannelName[]): Promise<RangeAnswer[]> {
    const broker = await this.#broker(leader);
    const [starts, ends] = [
      await this.#offsets(leader, broker, channels, EARLIEST),
      await this.#offsets(leader, broker, channels, LATEST),
    ];
    return channels.flatMap((channel): RangeAnswer[] => {
      const [start, end] = [starts.get(channel), ends.get(channel)];
      if (start === undefined || end === undefined) return [];
      if (start instanceof KafkaTopicError) return [start];
      return [end instanceof KafkaTopicError ? end : { channel, start, end }];
    });
  }

  /** Of some channels, all led by one broker, the first offset that has a timestamp of at least `ms`, or else the end. */
  async offsetsAt(
    leader: BrokerAddress,
    channels: readonly ChannelName[],
    ms: number,
  ): Promise<OffsetAnswers> {
    const broker = await this.#broker(leader);
    // the end comes first: what is written between the two questions must not be passed over
    const ends = await this.#offsets(leader, broker, channels, LATEST);
    // Kafka has meanings of its own for negative times
    const found = await this.#offsets(leader, broker, channels, Math.max(0, Math.ceil(ms)));
    return new Map(
      [...found].map(([channel, at]) => [channel, at === NONE ? (ends.get(channel) ?? at) : at]),
    );
  }

  /** How long some topics hold a record, in ms; undefined when for ever, or when Kafka does not tell us. */
  async retention(channels: readonly ChannelName[]): Promise<ReadonlyMap<ChannelName, number | undefined>> {
    if (channels.length === 0) return new Map();
    const broker = await this.#broker(this.#seed);
    const answer = broker.describeConfigs(channels, [RETENTION, CLEANUP]);
    const { resources } = await this.#answered(this.#seed, answer);
    const told = new Map(
      // of what may not be described, or is gone, there are no entries
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        retentionOf(new Map(configEntries.map(({ configName, configValue }) => [configName, configValue]))),
      ]),
    );
    return new Map(channels.map((channel) => [channel, told.get(channel)]));
  }

  async fetch(leader: BrokerAddress, requests: readonly FetchRequest[]): Promise<readonly FetchAnswer[]> {
    const broker = await this.#broker(leader);
    const answer = broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_FETCH_BYTES,
      topics: this.#inTurn(requests).map(({ channel, offset }) => ({
        topic: channel,
        partitions: [{ partition: PARTITION, fetchOffset: offset.toString(), maxBytes: MAX_CHANNEL_BYTES }],
      })),
    });
    const { errorCode = 0, responses } = await this.#answered(leader, answer, RECORDS_TIMEOUT_MS);
    if (errorCode !== 0) throw new KafkaTopicError(requests.map(({ channel }) => channel).join(), errorCode);
    return responses.flatMap(({ topicName, partitions }) =>
      partitions.map(({ errorCode: code, messages }) => ({
        channel: topicName,
        messages,
        error: code === 0 ? undefined : new KafkaTopicError(topicName, code),
      })),
    );
  }

  /** Kafka fills an answer in the order of the request: so each channel comes first once. */
  #inTurn(requests: readonly FetchRequest[]): readonly FetchRequest[] {
    const first = this.#turn++ % requests.length;
    return [...requests.slice(first), ...requests.slice(0, first)];
  }

  /** Topics that may not be described are left out of answers about all topics: only when named does Kafka tell. */
  async #checkRights(): Promise<void> {
    const { topicMetadata } = await this.#metadata(surestChannels(this.#channelPrefix));
    for (const { topic, topicErrorCode } of topicMetadata) {
      if (topicErrorCode === 0) continue;
      const error = new KafkaTopicError(topic, topicErrorCode);
      if (error.isUnauthorized) throw error;
    }
  }

  async #metadata(topics: readonly string[]): ReturnType<KafkaBroker["metadata"]> {
    const broker = await this.#broker(this.#seed);
    return this.#answered(this.#seed, broker.metadata(topics));
  }

  async #offsets(
    leader: BrokerAddress,
    broker: KafkaBroker,
    channels: readonly ChannelName[],
    timestamp: number,
  ): Promise<OffsetAnswers> {
    const topics = channels.map((topic) => ({ topic, partitions: [{ partition: PARTITION, timestamp }] }));
    const { responses } = await this.#answered(leader, broker.listOffsets(topics));
    return new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ errorCode, offset }) => [
          topic,
          errorCode === 0 ? BigInt(offset) : new KafkaTopicError(topic, errorCode),
        ]),
      ),
    );
  }

  #broker(address: BrokerAddress): Promise<KafkaBroker> {
    const known = this.#brokers.get(address);
    if (known !== undefined) return known;
    const connected = this.#connect(address);
    this.#brokers.set(address, connected);
    return connected;
  }

  async #connect(address: BrokerAddress): Promise<KafkaBroker> {
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
    const broker = new KafkaBroker(this.#config, host, Number(address.slice(colon + 1)), this.#sockets);
    await this.#answered(address, broker.connect());
    return broker;
  }

  /** kafkajs may wait for ever for an answer, as when the broker stops while it logs in. */
  async #answered<T>(address: BrokerAddress, answer: Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    const limit = linkedAbort(this.#closing.signal);
    const onTimeout = (): void =>
      limit.abort(new Error(`${address}: no answer within ${timeoutMs / 1000} s`));
    const timer = setTimeout(onTimeout, timeoutMs);
    try {
      return await untilAborted(answer, limit.signal);
    } finally {
      clearTimeout(timer);
      limit.unlink();
    }
  }
}

function retentionOf(values: ReadonlyMap<string, string | null>): number | undefined {
  const ms = Number(values.get(RETENTION) ?? -1);
  const isDeleted = values.get(CLEANUP)?.split(",").includes("delete") ?? true;
  return isDeleted && ms >= 0 ? ms : undefined;
}
