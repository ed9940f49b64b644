import assert from "node:assert/strict";
import { Encoder } from "@toondepauw/node-zstd";
import kafkajs, { type Admin, type Kafka as KafkaClient, type Producer } from "kafkajs";
import type { ChannelName } from "../../src/model/ids.js";
import { CdcError } from "../../src/model/errors.js";
import type {
  ChannelRange,
  LogReader,
  LogRecord,
  RecordSink,
  RetryListener,
} from "../../src/source/log-reader.js";

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

/** Writes to Kafka as Milvus does: one partition, no keys, now compressed and now not. */
export class LogWriter implements AsyncDisposable {
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly #producer: Producer;

  static async connect(brokers: readonly string[]): Promise<LogWriter> {
    teachZstd();
    const client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const writer = new LogWriter(client);
    await writer.admin.connect();
    await writer.#producer.connect();
    return writer;
  }

  private constructor(client: KafkaClient) {
    this.client = client;
    this.admin = client.admin();
    this.#producer = client.producer({ allowAutoTopicCreation: false });
  }

  async create(...topics: readonly string[]): Promise<void> {
    await this.admin.createTopics({
      topics: topics.map((topic) => ({ topic, numPartitions: 1 })),
      waitForLeaders: true,
    });
  }

  /** Writes one batch. Resolves with the offset of its first record. */
  async send(
    topic: string,
    values: readonly (Buffer | string | null)[],
    isCompressed = false,
  ): Promise<bigint> {
    const [result] = await this.#producer.send({
      topic,
      compression: isCompressed ? CompressionTypes.ZSTD : CompressionTypes.None,
      messages: values.map((value) => ({ value })),
    });
    return BigInt(result?.baseOffset ?? -1);
  }

  /** Writes one batch whose records are as old as told, in ms since 1970. */
  async sendAt(topic: string, times: readonly number[], isCompressed = false): Promise<void> {
    await this.#producer.send({
      topic,
      compression: isCompressed ? CompressionTypes.ZSTD : CompressionTypes.None,
      messages: times.map((ms) => ({ value: "x".repeat(100), timestamp: ms.toString() })),
    });
  }

  /** What retention does: takes the records before an offset. */
  async expire(topic: string, offset: bigint): Promise<void> {
    await this.admin.fetchTopicOffsets(topic); // else kafkajs does not know the topic
    const partitions = [{ partition: 0, offset: offset.toString() }];
    await this.admin.deleteTopicRecords({ topic, partitions });
  }

  /** Kafka refuses a topic's deletion, and its new making, for a moment after the other. */
  async recreate(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
    for (;;) {
      try {
        await this.create(topic);
        if ((await this.admin.fetchTopicOffsets(topic)).at(0)?.high === "0") return;
      } catch {
        // not yet
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.disconnect();
    await this.admin.disconnect();
  }
}

/** A sink that remembers what came and can be full: when it is told to, or with so many records. */
export class Collector implements RecordSink {
  readonly channel: ChannelName;
  readonly from: bigint;
  readonly records: LogRecord[] = [];
  fullWith = Infinity;
  #isFull = false;
  /** How often it was pushed to since it is full; one answer may be on its way. */
  pushesWhileFull = 0;
  readonly #onPush: () => void;

  constructor(channel: ChannelName, from: bigint, onPush: () => void) {
    this.channel = channel;
    this.from = from;
    this.#onPush = onPush;
  }

  get isFull(): boolean {
    return this.#isFull || this.records.length >= this.fullWith;
  }

  set isFull(isFull: boolean) {
    this.#isFull = isFull;
  }

  get offsets(): readonly bigint[] {
    return this.records.map(({ offset }) => offset);
  }

  get texts(): readonly string[] {
    return this.records.map(({ value }) => Buffer.from(value).toString());
  }

  push(records: readonly LogRecord[]): void {
    assert.ok(records.length > 0, "pushed nothing");
    if (this.isFull) this.pushesWhileFull++;
    this.records.push(...records);
    this.#onPush();
  }
}

export type Retry = Exclude<Parameters<RetryListener>[0], undefined>;

interface ReadingOptions {
  /** Where to begin; at the first record that is held when not given. */
  readonly from?: (range: ChannelRange) => bigint;
  /** With so many records a channel is full. One that is told so later may have been sent more already. */
  readonly fullWith?: number;
}

/** A `read` under way, and everything that came of it. `await using` it. */
export class Reading implements AsyncDisposable {
  readonly sinks = new Map<ChannelName, Collector>();
  /** What `onRetry` was told. */
  readonly retries: (Retry | undefined)[] = [];
  /** Settles as `read` does. */
  readonly ended: Promise<void>;
  readonly startedAtMs = performance.now();
  readonly #abort = new AbortController();
  readonly #watchers = new Set<() => void>();

  constructor(reader: LogReader, { from = ({ start }) => start, fullWith = Infinity }: ReadingOptions = {}) {
    const changed = (): void => {
      for (const watcher of this.#watchers) watcher();
    };
    this.ended = reader
      .read(
        (range) => {
          assert.ok(!this.sinks.has(range.channel), `${range.channel} was opened twice`);
          const sink = new Collector(range.channel, from(range), changed);
          sink.fullWith = fullWith;
          this.sinks.set(range.channel, sink);
          changed();
          return Promise.resolve(sink);
        },
        (failure) => {
          this.retries.push(failure);
          changed();
        },
        this.#abort.signal,
      )
      .finally(changed);
    this.ended.catch(() => undefined);
  }

  sink(channel: ChannelName): Collector {
    const sink = this.sinks.get(channel);
    if (sink === undefined) throw new Error(`${channel} was not opened`);
    return sink;
  }

  get failures(): readonly Retry[] {
    return this.retries.filter((retry) => retry !== undefined);
  }

  /** Waits until something holds; fails with the reading. */
  async until(holds: () => boolean): Promise<void> {
    let onChange = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      onChange = () => {
        if (holds()) resolve();
      };
    });
    this.#watchers.add(onChange);
    onChange();
    try {
      await Promise.race([
        held,
        this.ended.then(() => {
          throw new Error("the reading ended");
        }),
      ]);
    } finally {
      this.#watchers.delete(onChange);
    }
  }

  /** Waits until a channel has brought so many records. */
  async untilRead(channel: ChannelName, count: number): Promise<Collector> {
    await this.until(() => (this.sinks.get(channel)?.records.length ?? 0) >= count);
    return this.sink(channel);
  }

  /** Aborts, and tells how long the end took. */
  async stop(): Promise<number> {
    const atMs = performance.now();
    this.#abort.abort();
    await this.ended;
    return performance.now() - atMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.ended.catch(() => undefined);
  }
}

/** Expects a promise to fail with one of our errors. */
export async function cdcErrorOf(promise: Promise<unknown>): Promise<CdcError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CdcError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

/** From one number up to another, which is not in it. */
export function offsetsFrom(first: bigint, end: bigint): readonly bigint[] {
  return Array.from({ length: Number(end - first) }, (_, i) => first + BigInt(i));
}

/** The service only ever reads; tests write as well. */
function teachZstd(): void {
  const encoder = new Encoder(3);
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => encoder.encode(buffer),
    decompress: () => Promise.reject(new Error("the service's own reader is what is tested")),
  });
}
