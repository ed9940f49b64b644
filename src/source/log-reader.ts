import type { CdcError } from "../model/errors.js";
import type { ChannelName } from "../model/ids.js";

/** A record of the log as it was stored. */
export interface LogRecord {
  readonly offset: bigint;
  /** Whoever keeps it keeps little else in memory. */
  readonly value: Uint8Array;
  /** Why nobody can tell what this record, and perhaps others before it, say. Its value is empty then. */
  readonly unreadable?: CdcError | undefined;
}

/** Where a channel's log begins and ends right now. */
export interface ChannelRange {
  readonly channel: ChannelName;
  /** Offset of the oldest record that is still held. */
  readonly start: bigint;
  /** Offset that the next record will get. */
  readonly end: bigint;
}

/** Takes the records of one channel, in order. */
export interface RecordSink {
  readonly channel: ChannelName;
  /** Offset of the first record wanted. */
  readonly from: bigint;
  /** Keeps the records for later; must not block. Called again only while `isFull` is false. */
  push(records: readonly LogRecord[]): void;
  /** While true, nothing is read for this channel. */
  readonly isFull: boolean;
}

/**
 * Reads the channels of one source's log from explicit offsets, without
 * leaving a trace in it.
 */
export interface LogReader extends AsyncDisposable {
  /**
   * The channels that exist.
   * @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED
   */
  ranges(signal: AbortSignal): Promise<readonly ChannelRange[]>;
  /**
   * By channel that exists, the offset of the first record that was stored at or after `ms` since 1970, or, when there
   * is none, the offset that the next record will get. Before it stands nothing that the source wrote later, as far as
   * the clocks of source and log agree.
   * @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED
   */
  offsetsAt(ms: number, signal: AbortSignal): Promise<ReadonlyMap<ChannelName, bigint>>;
  /**
   * By channel that exists, how long the log holds a record, in ms; undefined when it does so for ever, or when that is
   * not for us to know. A limit of size, which may take records earlier, is not looked at.
   * @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED
   */
  retention(signal: AbortSignal): Promise<ReadonlyMap<ChannelName, number | undefined>>;
  /**
   * One record once more; undefined when the log does not hold it.
   * @throws CdcError LOG_UNAVAILABLE, LOG_UNAUTHORIZED
   */
  record(channel: ChannelName, offset: bigint, signal: AbortSignal): Promise<LogRecord | undefined>;
  /**
   * Delivers records to every sink until the signal aborts, which is no error.
   * `onRetry` hears of each transient failure, and of `undefined` when all is well again.
   *
   * @throws CdcError POSITION_EXPIRED or LOG_REPLACED when a sink's offset is not in the log
   */
  read(sinks: SinkSource, onRetry: RetryListener, signal: AbortSignal): Promise<void>;
}

export type RetryListener = (failure: ReadFailure | undefined) => void;

interface ReadFailure {
  readonly error: unknown;
  readonly attempts: number;
  readonly delayMs: number;
}

/** Opens a sink for a channel when it is first seen: `range` tells where its log begins and ends then. */
export type SinkSource = (range: ChannelRange) => Promise<RecordSink>;
