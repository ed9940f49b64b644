import { sleep, linkedAbort } from "../../async/abort.js";
import { backoffMs } from "../../async/backoff.js";
import { CdcError } from "../../model/errors.js";
import type { ChannelName } from "../../model/ids.js";
import type {
  ChannelRange,
  LogReader,
  LogRecord,
  RecordSink,
  RetryListener,
  SinkSource,
} from "../log-reader.js";
import type { KafkaAddress } from "../../model/kafka-address.js";
import { errorOfKafka, isOffsetOutOfRange } from "./kafka-errors.js";
import { KafkaSession } from "./kafka-session.js";
import { createKafkaCluster, type FetchedMessage } from "./kafkajs-cluster.js";

const BACKOFF = { firstMs: 100, maxMs: 5_000 };
/** New topics have to be noticed within a second. */
const DISCOVERY_MS = 400;
/** How soon a channel whose sink was full is asked again. */
const FULL_WAIT_MS = 5;

interface OpenChannel {
  readonly sink: RecordSink;
  next: bigint;
}

/** Reads a Milvus's log in Kafka: `<prefix>-rootcoord-dml_<n>` and `<prefix>-replicate-msg`. */
export class KafkaLogReader implements LogReader {
  readonly #config: KafkaAddress;
  readonly #isChannel: (topic: string) => boolean;
  readonly #sessions = new Set<KafkaSession>();

  constructor(config: KafkaAddress, channelPrefix: string) {
    this.#config = config;
    this.#isChannel = channelMatcher(channelPrefix);
  }

  async ranges(signal: AbortSignal): Promise<readonly ChannelRange[]> {
    return this.#withSession(
      async (session) => rangesOf(session, await session.topics(this.#isChannel)),
      signal,
    );
  }

  async read(openSink: SinkSource, onRetry: RetryListener, signal: AbortSignal): Promise<void> {
    const channels = new Map<ChannelName, OpenChannel>();
    let attempts = 0;
    while (!signal.aborted) {
      try {
        await this.#withSession((session) => {
          const healthy = (): void => {
            attempts = 0;
            onRetry(undefined);
          };
          return new ReadLoop(session, channels, this.#isChannel, openSink, healthy).run(signal);
        }, signal);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
        if (signal.aborted) return;
        const known = errorOfKafka(this.#config.brokers, error);
        if (known.action !== "retry") throw known;
        attempts++;
        const delayMs = backoffMs(attempts, BACKOFF);
        onRetry({ error: known, attempts, delayMs });
        await sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  /** A session ends with its signal: pending requests of kafkajs know no signals, but a closed socket. */
  async #withSession<T>(action: (session: KafkaSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const session = new KafkaSession(createKafkaCluster(this.#config));
    this.#sessions.add(session);
    const onAbort = (): void => void session.close().catch(() => undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await session.open();
      return await action(session);
    } catch (error) {
      throw errorOfKafka(this.#config.brokers, error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#sessions.delete(session);
      await session.close().catch(() => undefined);
    }
  }
}

/** Everything that runs during one session: looking for new topics, and a fetch loop per node. */
class ReadLoop {
  readonly #session: KafkaSession;
  readonly #channels: Map<ChannelName, OpenChannel>;
  readonly #isChannel: (topic: string) => boolean;
  readonly #openSink: SinkSource;
  readonly #onHealthy: () => void;
  readonly #nodes = new Map<string, Promise<void>>();
  readonly #nodeFailed: Promise<never>;
  #onNodeFailed: (error: unknown) => void = () => undefined;
  #leaders: ReadonlyMap<ChannelName, string> = new Map();

  constructor(
    session: KafkaSession,
    channels: Map<ChannelName, OpenChannel>,
    isChannel: (topic: string) => boolean,
    openSink: SinkSource,
    onHealthy: () => void,
  ) {
    this.#session = session;
    this.#channels = channels;
    this.#isChannel = isChannel;
    this.#openSink = openSink;
    this.#onHealthy = onHealthy;
    this.#nodeFailed = new Promise((_, reject) => {
      this.#onNodeFailed = reject;
    });
    // it may fail when nobody waits any more
    this.#nodeFailed.catch(() => undefined);
  }

  /** Runs until the signal aborts or anything fails. */
  async run(signal: AbortSignal): Promise<void> {
    const linked = linkedAbort(signal);
    try {
      await this.#discover(linked.signal);
      this.#onHealthy();
      await Promise.race([this.#discoverForEver(linked.signal), this.#nodeFailed]);
    } finally {
      linked.abort();
      linked.unlink();
      await Promise.allSettled(this.#nodes.values());
    }
  }

  async #discoverForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const nodeId of new Set(this.#leaders.values())) {
        if (this.#nodes.has(nodeId)) continue;
        const node = this.#fetchForEver(nodeId, signal);
        this.#nodes.set(nodeId, node);
        node.catch(this.#onNodeFailed);
      }
      await sleep(DISCOVERY_MS, signal);
      await this.#discover(signal);
    }
  }

  /** Opens sinks of topics that were not seen before; in a new session, checks that the log still holds the old ones. */
  async #discover(signal: AbortSignal): Promise<void> {
    const leaders = await this.#session.topics(this.#isChannel);
    const unknown = [...leaders].filter(([channel]) => !this.#leaders.has(channel));
    for (const range of await rangesOf(this.#session, new Map(unknown))) {
      signal.throwIfAborted();
      const open = this.#channels.get(range.channel) ?? (await this.#open(range));
      checkRange(range, open.next);
      this.#channels.set(range.channel, open);
    }
    this.#leaders = leaders;
  }

  async #open(range: ChannelRange): Promise<OpenChannel> {
    const sink = await this.#openSink(range);
    return { sink, next: sink.from };
  }

  async #fetchForEver(nodeId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const requests = this.#wanted(nodeId);
      if (requests.length === 0) {
        await sleep(FULL_WAIT_MS, signal);
        continue;
      }
      try {
        for (const { channel, messages } of await this.#session.fetch(nodeId, requests))
          this.#deliver(channel, messages);
      } catch (error) {
        if (isOffsetOutOfRange(error)) await this.#explainOutOfRange(nodeId, requests);
        throw error;
      }
    }
  }

  #wanted(nodeId: string): { channel: ChannelName; offset: bigint }[] {
    return [...this.#channels]
      .filter(([channel, { sink }]) => this.#leaders.get(channel) === nodeId && !sink.isFull)
      .map(([channel, { next }]) => ({ channel, offset: next }));
  }

  #deliver(channel: ChannelName, messages: readonly FetchedMessage[]): void {
    const open = this.#channels.get(channel);
    const last = messages.at(-1);
    if (open === undefined || last === undefined) return;
    // a compressed batch comes whole, also when only its end was asked for
    const records = messages.flatMap((message) => toRecord(message, open.next));
    const next = BigInt(last.offset) + 1n;
    if (next > open.next) open.next = next;
    if (records.length > 0) open.sink.push(records);
  }

  async #explainOutOfRange(
    nodeId: string,
    requests: readonly { channel: ChannelName; offset: bigint }[],
  ): Promise<void> {
    const ranges = await this.#session.ranges(
      nodeId,
      requests.map(({ channel }) => channel),
    );
    for (const range of ranges) {
      const offset = requests.find(({ channel }) => channel === range.channel)?.offset;
      if (offset !== undefined) checkRange(range, offset);
    }
  }
}

function toRecord({ offset, value, isControlRecord }: FetchedMessage, from: bigint): LogRecord[] {
  const at = BigInt(offset);
  return at < from || value === null || isControlRecord === true ? [] : [{ offset: at, value }];
}

async function rangesOf(
  session: KafkaSession,
  leaders: ReadonlyMap<ChannelName, string>,
): Promise<ChannelRange[]> {
  const ranges: ChannelRange[] = [];
  for (const nodeId of new Set(leaders.values())) {
    const channels = [...leaders].filter(([, leader]) => leader === nodeId).map(([channel]) => channel);
    ranges.push(...(await session.ranges(nodeId, channels)));
  }
  return ranges;
}

/** A position that the log does not hold is never skipped. */
function checkRange({ channel, start, end }: ChannelRange, offset: bigint): void {
  if (offset < start) {
    throw new CdcError(
      "POSITION_EXPIRED",
      `topic ${channel} begins at ${start}, the task needs it from ${offset}`,
    );
  }
  if (offset > end) {
    throw new CdcError(
      "LOG_REPLACED",
      `topic ${channel} ends at ${end}, the task had read it up to ${offset}`,
    );
  }
}

function channelMatcher(prefix: string): (topic: string) => boolean {
  const dml = `${prefix}-rootcoord-dml_`;
  return (topic) =>
    topic === `${prefix}-replicate-msg` || (topic.startsWith(dml) && /^\d+$/.test(topic.slice(dml.length)));
}
