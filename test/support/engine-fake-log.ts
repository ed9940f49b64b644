import type { ChangeEvent } from "../../src/model/change-event.js";
import { CdcError } from "../../src/model/errors.js";
import { physicalMs, type ChannelName } from "../../src/model/ids.js";
import type {
  ChannelRange,
  LogReader,
  LogRecord,
  RecordSink,
  RetryListener,
  SinkSource,
} from "../../src/source/log-reader.js";
import { openGate, type Gate } from "./engine-gate.js";

/** Full sinks are asked again this often. */
const ASK_AGAIN_MS = 5;
const PUSHED_AT_ONCE = 3;

/** A log in memory. A record's value is the number of its event. */
export class FakeLog {
  readonly #events: ChangeEvent[] = [];
  readonly #channels = new Map<ChannelName, LogRecord[]>();
  readonly #starts = new Map<ChannelName, bigint>();
  /** How long records are said to be held; a channel that is not in here is held for ever. */
  readonly retentionMs = new Map<ChannelName, number>();
  /** How far the clock of its broker is ahead of the source's. */
  aheadMs = 0;
  #wakes: (() => void)[] = [];

  /** The counterpart of decodeRecord. */
  readonly decode = (value: Uint8Array): ChangeEvent => {
    const event = this.#events[Buffer.from(value).readUInt32BE()];
    if (event === undefined) throw new Error("no such event");
    return event;
  };

  append(channel: ChannelName, event: ChangeEvent): bigint {
    const records = this.#channels.get(channel) ?? [];
    this.#channels.set(channel, records);
    const value = Buffer.alloc(4);
    value.writeUInt32BE(this.#events.push(event) - 1);
    const offset = BigInt(records.length);
    records.push({ offset, value });
    for (const wake of this.#wakes.splice(0)) wake();
    return offset;
  }

  /** A channel without records exists too. */
  open(channel: ChannelName): void {
    if (!this.#channels.has(channel)) this.#channels.set(channel, []);
  }

  ranges(): ChannelRange[] {
    return [...this.#channels].map(([channel, records]) => ({
      channel,
      start: this.#starts.get(channel) ?? 0n,
      end: BigInt(records.length),
    }));
  }

  /** The log holds records from here on only. */
  expire(channel: ChannelName, start: bigint): void {
    this.#starts.set(channel, start);
  }

  /** A record is stored at the time of its event, by the broker's clock. */
  offsetsAt(ms: number): Map<ChannelName, bigint> {
    const entries = [...this.#channels].map(([channel, records]) => {
      const held = records.slice(Number(this.#starts.get(channel) ?? 0n));
      const found = held.find(({ value }) => physicalMs(this.decode(value).ts) + this.aheadMs >= ms);
      return [channel, found?.offset ?? BigInt(records.length)] as const;
    });
    return new Map(entries);
  }

  from(channel: ChannelName, offset: bigint, count: number): readonly LogRecord[] {
    return (this.#channels.get(channel) ?? []).slice(Number(offset), Number(offset) + count);
  }

  /** Resolves with the next record of any channel. */
  appended(): Promise<void> {
    return new Promise((resolve) => this.#wakes.push(resolve));
  }

  reader(gate: Gate = openGate, onClose?: () => unknown): LogReader {
    return new FakeLogReader(this, gate, onClose);
  }
}

/** Reads a FakeLog; the operation `read` of its gate may fail the whole of it. */
class FakeLogReader implements LogReader {
  readonly #log: FakeLog;
  readonly #gate: Gate;
  readonly #onClose: (() => unknown) | undefined;

  constructor(log: FakeLog, gate: Gate, onClose: (() => unknown) | undefined) {
    this.#log = log;
    this.#gate = gate;
    this.#onClose = onClose;
  }

  ranges(signal: AbortSignal): Promise<readonly ChannelRange[]> {
    return this.#gate("ranges", () => this.#log.ranges(), signal);
  }

  offsetsAt(ms: number, signal: AbortSignal): Promise<ReadonlyMap<ChannelName, bigint>> {
    return this.#gate("offsetsAt", () => this.#log.offsetsAt(ms), signal);
  }

  retention(signal: AbortSignal): Promise<ReadonlyMap<ChannelName, number | undefined>> {
    const ask = (): ReadonlyMap<ChannelName, number | undefined> =>
      new Map(this.#log.ranges().map(({ channel }) => [channel, this.#log.retentionMs.get(channel)]));
    return this.#gate("retention", ask, signal);
  }

  record(channel: ChannelName, offset: bigint, signal: AbortSignal): Promise<LogRecord | undefined> {
    return this.#gate("record", () => this.#log.from(channel, offset, 1)[0], signal);
  }

  async read(open: SinkSource, _onRetry: RetryListener, signal: AbortSignal): Promise<void> {
    await this.#gate("read", () => undefined, signal);
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const sinks: { sink: RecordSink; next: bigint }[] = [];
    while (!isAborted(signal)) {
      for (const range of this.#log.ranges()) {
        if (sinks.some(({ sink }) => sink.channel === range.channel)) continue;
        const sink = await Promise.race([open(range), ended]);
        if (sink === undefined) return;
        if (sink.from < range.start)
          throw new CdcError("POSITION_EXPIRED", `offset ${sink.from} of ${range.channel} is gone`);
        sinks.push({ sink, next: sink.from });
      }
      if (sinks.map((one) => this.#pump(one)).some((isMoved) => isMoved)) await turn();
      else await Promise.race([this.#log.appended(), ended, this.#spaceIn(sinks)]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#onClose?.();
    return Promise.resolve();
  }

  #pump(one: { sink: RecordSink; next: bigint }): boolean {
    if (one.sink.isFull) return false;
    const records = this.#log.from(one.sink.channel, one.next, PUSHED_AT_ONCE);
    if (records.length === 0) return false;
    one.next += BigInt(records.length);
    one.sink.push(records);
    return true;
  }

  #spaceIn(sinks: readonly { sink: RecordSink }[]): Promise<void> {
    if (!sinks.some(({ sink }) => sink.isFull)) return new Promise(() => undefined);
    return new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
