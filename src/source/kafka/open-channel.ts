import { CdcError } from "../../model/errors.js";
import type { ChannelName } from "../../model/ids.js";
import type { ChannelRange, LogRecord, RecordSink } from "../log-reader.js";
import type { FetchedMessage } from "./fetched.js";
import type { WantedFetch } from "./shared-fetches.js";

/**
 * A broker that is cut off, or has only just begun to lead, may know a shorter log than
 * was read: it must look so several times, for a while, before a task fails for it.
 */
const SHORT_LOG_MS = 5_000;
const SHORT_LOG_LOOKS = 4;
/** A topic can be deleted and made again while nobody asks for it. */
const DOUBT_AFTER_MS = 5_000;

/** How many times its own size a message may keep in memory. */
const MAX_SLACK = 2;

/** What is remembered of the last message read, to know it again. */
interface LastMessage {
  readonly offset: bigint;
  readonly timestamp: string;
  readonly length: number;
}

/**
 * How far one channel was read; outlives sessions.
 *
 * Offsets alone don't tell whether a log is still the one that was read: a
 * topic that was deleted and made again soon has the same offsets. So after each
 * interruption the last message read is asked for again and compared.
 */
export class OpenChannel {
  readonly sink: RecordSink;
  readonly #now: () => number;
  #next: bigint;
  #last: LastMessage | undefined;
  #isInDoubt = false;
  #answeredAtMs: number;
  #shortLooks: { readonly sinceMs: number; count: number } | undefined;

  constructor(sink: RecordSink, now: () => number = () => performance.now()) {
    this.sink = sink;
    this.#now = now;
    this.#next = sink.from;
    this.#answeredAtMs = now();
  }

  get channel(): ChannelName {
    return this.sink.channel;
  }

  /**
   * Begins or goes on after an interruption.
   * @throws CdcError as `check`
   */
  enter(range: ChannelRange): void {
    this.check(range);
    // the last message itself may have expired
    if (this.#last !== undefined && this.#last.offset < range.start) this.#last = undefined;
    this.#isInDoubt = true;
    this.#answeredAtMs = this.#now();
  }

  /**
   * A position that the log does not hold is never skipped.
   * @throws CdcError POSITION_EXPIRED, LOG_REPLACED, or at first LOG_UNAVAILABLE instead of the latter
   */
  check({ channel, start, end }: ChannelRange): void {
    if (this.#next < start) {
      throw new CdcError(
        "POSITION_EXPIRED",
        `topic ${channel} begins at ${start}, the task needs it from ${this.#next}`,
      );
    }
    if (this.#next > end) throw this.#shortLog(end);
    this.#shortLooks = undefined;
  }

  /** What to fetch. */
  wanted(): WantedFetch {
    if (this.#now() - this.#answeredAtMs > DOUBT_AFTER_MS) this.#isInDoubt = true;
    const compared = this.#isInDoubt ? this.#last : undefined;
    return {
      channel: this.channel,
      offset: compared?.offset ?? this.#next,
      isInDoubt: compared !== undefined,
    };
  }

  /**
   * Hands to the sink what it has not had yet.
   * @throws CdcError LOG_REPLACED when the messages are of another log
   */
  accept(messages: readonly FetchedMessage[]): void {
    this.#answeredAtMs = this.#now();
    const newest = messages.at(-1);
    if (newest === undefined) return;
    if (this.#isInDoubt) this.#compare(messages);
    this.#isInDoubt = false;
    // a compressed batch comes whole, also when only its end was asked for
    const records = messages.flatMap((message) => toRecord(message, this.#next));
    const last = lastMessage(newest);
    if (last.offset >= this.#next) {
      this.#next = last.offset + 1n;
      this.#last = last;
    }
    if (records.length > 0) this.sink.push(records);
  }

  #compare(messages: readonly FetchedMessage[]): void {
    const known = this.#last;
    const found = messages.find(({ offset }) => BigInt(offset) === known?.offset);
    if (known === undefined || found === undefined) return;
    const { timestamp, length } = lastMessage(found);
    if (timestamp === known.timestamp && length === known.length) return;
    throw new CdcError(
      "LOG_REPLACED",
      `topic ${this.channel} holds another record at ${known.offset} than the task has read there`,
    );
  }

  #shortLog(end: bigint): CdcError {
    const now = this.#now();
    this.#shortLooks ??= { sinceMs: now, count: 0 };
    this.#shortLooks.count++;
    const text = `topic ${this.channel} ends at ${end}, the task had read it up to ${this.#next}`;
    const isSure =
      this.#shortLooks.count >= SHORT_LOG_LOOKS && now - this.#shortLooks.sinceMs >= SHORT_LOG_MS;
    return isSure
      ? new CdcError("LOG_REPLACED", text)
      : new CdcError("LOG_UNAVAILABLE", `${text}: looking again, a broker may be behind`);
  }
}

function toRecord({ offset, value, isControlRecord, unreadable }: FetchedMessage, from: bigint): LogRecord[] {
  const at = BigInt(offset);
  if (at < from) return [];
  if (unreadable !== undefined) {
    const error = new CdcError("RECORD_UNREADABLE", unreadable.message, { cause: unreadable });
    return [{ offset: at, value: new Uint8Array(), unreadable: error }];
  }
  return value === null || isControlRecord === true ? [] : [{ offset: at, value: withoutNeighbours(value) }];
}

/** Messages are views of the batch, or the answer, they came with, which a waiting one would keep in memory. */
function withoutNeighbours(value: Buffer): Uint8Array {
  return value.length * MAX_SLACK < value.buffer.byteLength ? new Uint8Array(value) : value;
}

function lastMessage({ offset, timestamp, value }: FetchedMessage): LastMessage {
  return { offset: BigInt(offset), timestamp, length: value?.length ?? -1 };
}
