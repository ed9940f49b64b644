import { sleep } from "../../async/abort.js";
import { backoffMs } from "../../async/backoff.js";
import type { ChannelName } from "../../model/ids.js";
import type { KafkaAddress } from "../../model/kafka-address.js";
import type { ChannelRange, LogReader, LogRecord, RetryListener, SinkSource } from "../log-reader.js";
import { errorOfKafka } from "./kafka-errors.js";
import { KafkaSession } from "./kafka-session.js";
import type { OpenChannel } from "./open-channel.js";
import { leadersOf, offsetsAt, rangesOf } from "./log-offsets.js";
import { ReadLoop } from "./read-loop.js";
import { SharedFetches } from "./shared-fetches.js";

const BACKOFF = { firstMs: 100, maxMs: 5_000 };

/** Reads a Milvus's log in Kafka: `<prefix>-rootcoord-dml_<n>` and `<prefix>-replicate-msg`. */
export class KafkaLogReader implements LogReader {
  readonly #config: KafkaAddress;
  readonly #channelPrefix: string;
  readonly #fetches: SharedFetches;
  readonly #closing = new AbortController();

  /** @param fetches of all readers of this log */
  constructor(config: KafkaAddress, channelPrefix: string, fetches = new SharedFetches()) {
    this.#config = config;
    this.#channelPrefix = channelPrefix;
    this.#fetches = fetches;
  }

  async ranges(signal: AbortSignal): Promise<readonly ChannelRange[]> {
    return this.#withSession(
      async (session) => rangesOf(session, await leadersOf(session), () => true),
      this.#untilClosed(signal),
    );
  }

  async offsetsAt(ms: number, signal: AbortSignal): Promise<ReadonlyMap<ChannelName, bigint>> {
    return this.#withSession(
      async (session) => offsetsAt(session, await leadersOf(session), ms),
      this.#untilClosed(signal),
    );
  }

  async retention(signal: AbortSignal): Promise<ReadonlyMap<ChannelName, number | undefined>> {
    return this.#withSession(async (session) => {
      const topics = await session.topics();
      return session.retention(topics.map(({ channel }) => channel));
    }, this.#untilClosed(signal));
  }

  async record(channel: ChannelName, offset: bigint, signal: AbortSignal): Promise<LogRecord | undefined> {
    return this.#withSession(async (session) => {
      const leader = (await leadersOf(session)).get(channel);
      if (leader === undefined) return undefined;
      const [answer] = await session.fetch(leader, [{ channel, offset }]);
      if (answer?.error?.isOffsetOutOfRange === true) return undefined;
      if (answer?.error !== undefined) throw answer.error;
      const value = answer?.messages.find((message) => BigInt(message.offset) === offset)?.value;
      return value ? { offset, value } : undefined;
    }, this.#untilClosed(signal));
  }

  async read(openSink: SinkSource, onRetry: RetryListener, stopping: AbortSignal): Promise<void> {
    const signal = this.#untilClosed(stopping);
    const channels = new Map<ChannelName, OpenChannel>();
    let attempts = 0;
    const onHealthy = (): void => {
      attempts = 0;
      onRetry(undefined);
    };
    const fetches = this.#fetches;
    const readOnce = (session: KafkaSession): Promise<void> =>
      fetches.share(() => new ReadLoop({ session, fetches, channels, openSink, onHealthy }).run(signal));
    while (!signal.aborted) {
      try {
        await this.#withSession(readOnce, signal);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
        if (signal.aborted) return;
        const known = errorOfKafka(this.#config, this.#channelPrefix, error);
        if (known.action !== "retry") throw known;
        attempts++;
        const delayMs = backoffMs(attempts, BACKOFF);
        onRetry({ error: known, attempts, delayMs });
        await sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  /** Ends what is under way. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the log reader is closed"));
    return Promise.resolve();
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  /** A session ends with its signal: pending requests of kafkajs know no signals, but a closed socket. */
  async #withSession<T>(action: (session: KafkaSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const session = new KafkaSession(this.#config, this.#channelPrefix);
    const onAbort = (): void => session.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await session.open();
      return await action(session);
    } catch (error) {
      signal.throwIfAborted();
      throw errorOfKafka(this.#config, this.#channelPrefix, error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      session.close();
    }
  }
}
