import type {
  ChangeEvent,
  CollectionRequest,
  DatabaseRequest,
  LaneEvent,
  Placed,
} from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { ChannelName, CollectionId, HybridTs } from "../model/ids.js";
import { skipped, type SkippedReason } from "../model/skipped.js";
import type { PendingRecord } from "../order/channel-tracker.js";
import { TickBuffer } from "../order/tick-buffer.js";
import type { LogRecord, RecordSink } from "../source/log-reader.js";
import { sleep, untilAborted } from "../async/abort.js";
import type { CatalogueWatch } from "./catalogue-watch.js";
import type { Lane } from "./lane.js";
import type { LaneSet } from "./lane-set.js";
import type { MemoryBudget, MemoryShare } from "./memory-budget.js";
import type { ChannelCourse } from "./progress-keeper.js";
import { heldBytes, RECORD_BYTES, type QueuedEvent } from "./shard-queue.js";
import type { SourceClock } from "./source-clock.js";

/** Records that are read and not yet looked at. */
const MAX_INCOMING_BYTES = 16 << 20;
const LOOK_AGAIN_MS = 50;

export interface PipelineDeps {
  readonly decode: (value: Uint8Array) => ChangeEvent;
  readonly lanes: LaneSet;
  readonly watch: CatalogueWatch;
  /** A tick was read. */
  readonly onTick: (channel: ChannelName) => void;
  readonly clock: SourceClock;
  readonly memory: MemoryBudget;
  /** Carries out a request of `replicate-msg`; resolves when its effect is on the target. */
  readonly request: (event: CollectionRequest | DatabaseRequest) => Promise<void>;
  /** A record is left out; `error` says why when it could not be read. */
  readonly onSkipped: (
    reason: SkippedReason,
    place: { channel: ChannelName; offset: bigint },
    collectionId?: CollectionId,
    error?: unknown,
  ) => void;
}

/** One channel of a task: records come in, are put in order, and leave for the lanes of their collections. */
export class ChannelPipeline implements RecordSink {
  readonly channel: ChannelName;
  readonly #course: ChannelCourse;
  readonly #deps: PipelineDeps;
  readonly #memory: MemoryShare;
  readonly #buffer = new TickBuffer();
  #incoming: LogRecord[] = [];
  #incomingBytes = 0;
  #wake: (() => void) | undefined;

  constructor(channel: ChannelName, course: ChannelCourse, deps: PipelineDeps) {
    this.channel = channel;
    this.#course = course;
    this.#deps = deps;
    this.#memory = deps.memory.open();
  }

  get from(): bigint {
    return this.#course.from;
  }

  get isFull(): boolean {
    if (this.#incomingBytes > MAX_INCOMING_BYTES || this.#memory.isSpent) return true;
    for (const lane of this.#deps.lanes.ofChannel(this.channel)) if (lane.isFull) return true;
    return false;
  }

  push(records: readonly LogRecord[]): void {
    for (const record of records) {
      this.#incoming.push(record);
      this.#incomingBytes += record.value.length;
      this.#memory.hold(record.value.length + RECORD_BYTES);
    }
    this.#wake?.();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<never> {
    try {
      for (;;) await this.#processNext(signal);
    } finally {
      this.#memory.close();
    }
  }

  async #processNext(signal: AbortSignal): Promise<void> {
    const records = this.#incoming;
    this.#incoming = [];
    this.#incomingBytes = 0;
    if (records.length > 0) return this.#process(records, signal);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await untilAborted(woken, signal);
  }

  async #process(records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    for (const record of records) {
      const { offset, value } = record;
      const event = this.#decode(record);
      if (event !== undefined && (await this.#isOfItsTime(event, offset)))
        await this.#take({ event, place: { channel: this.channel, offset } }, records, signal);
      this.#memory.release(value.length + RECORD_BYTES);
    }
    await this.#announce(records, signal);
  }

  /** Tells lanes of what has just come and waits for its tick. The frontier covers what they may send of it. */
  async #announce(records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const first = records[0]?.offset ?? 0n;
    const waiting = this.#buffer.waiting.filter(({ place }) => place.offset >= first);
    if (waiting.length === 0) return;
    await this.#course.raiseFrontier(records, signal);
    for (const { event, place } of waiting) {
      const lane = await this.#laneOf(event.collectionId, signal);
      lane?.arrive(this.channel, { event, offset: place.offset, isReplayed: this.#isReplayed(place) });
    }
  }

  #isReplayed({ offset }: Placed["place"]): boolean {
    return offset < this.#course.replayUntil;
  }

  async #take({ event, place }: Placed, records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const { tracker } = this.#course;
    switch (event.kind) {
      case "tick":
        tracker.skip(place.offset);
        this.#deps.onTick(this.channel);
        await this.#passTick(event.ts, records, signal);
        return;
      case "insert":
      case "delete":
      case "drop-partition":
        // most of a log can be of others: what is let go anyway is not held until its tick, nor does it move the frontier
        if (event.ts <= this.#course.durableUntil || this.#deps.lanes.isIgnored(event.collectionId))
          tracker.skip(place.offset);
        else this.#hold({ event, place });
        return;
      case "drop-collection":
        this.#hold({ event, place });
        await this.#passDrop(event.collectionId, records, signal);
        return;
      case "create-collection":
        tracker.skip(place.offset);
        this.#deps.watch.expect(event.collectionId);
        return;
      case "unsupported":
        tracker.skip(place.offset);
        this.#deps.onSkipped(event.reason, place, event.collectionId);
        return;
      case "create-index":
      case "drop-index":
      case "load":
      case "release":
      case "flush":
      case "create-database":
      case "drop-database":
        tracker.begin(place.offset);
        void this.#deps.request(event).then(() => {
          // when the task stops, requests are let go unserved
          if (!signal.aborted) tracker.finish(place.offset);
        });
    }
  }

  #hold(placed: Placed<LaneEvent>): void {
    this.#course.tracker.begin(placed.place.offset);
    this.#memory.holdUntilMore(heldBytes(placed.event));
    this.#buffer.hold(placed);
  }

  async #passTick(ts: HybridTs, records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const released = this.#buffer.release(ts);
    const pending = this.#course.tracker.released(
      ts,
      released.map(({ place }) => place.offset),
    );
    await this.#dispatch(released, pending, records, signal);
    for (const lane of this.#deps.lanes.ofChannel(this.channel)) lane.tick(this.channel, ts);
  }

  async #passDrop(id: CollectionId, records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const released = this.#buffer.releaseCollection(id);
    const pending = this.#course.tracker.releasedAlone(released.map(({ place }) => place.offset));
    await this.#dispatch(released, pending, records, signal);
  }

  /** Hands events to their lanes. The frontier covers all of what was read with them before the first is handed on. */
  async #dispatch(
    released: readonly Placed<LaneEvent>[],
    pending: readonly PendingRecord[],
    records: readonly LogRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    if (released.length === 0) return;
    for (const { event } of released) this.#memory.hasMore(heldBytes(event));
    await this.#course.raiseFrontier(records, signal);
    const byLane = new Map<Lane, QueuedEvent[]>();
    for (const [i, { event, place }] of released.entries()) {
      const lane = await this.#laneOf(event.collectionId, signal);
      const tracked = pending[i];
      if (tracked === undefined) continue;
      const record = this.#memory.heldRecord(tracked, heldBytes(event));
      if (lane === undefined) {
        record.done();
        if (event.kind === "drop-collection") this.#deps.lanes.dismiss(event.collectionId);
        continue;
      }
      const queued = { event, offset: place.offset, isReplayed: this.#isReplayed(place), pending: record };
      const events = byLane.get(lane);
      if (events === undefined) byLane.set(lane, [queued]);
      else events.push(queued);
    }
    for (const [lane, events] of byLane) lane.push(this.channel, events);
  }

  /** A row's collection is known to the source, or gone for good: rows come after their collection can be seen. */
  async #laneOf(id: CollectionId, signal: AbortSignal): Promise<Lane | undefined> {
    const { lanes, watch } = this.#deps;
    while (lanes.get(id) === undefined && !lanes.isIgnored(id)) {
      const name = (await watch.refresh()).collections.get(id);
      if (name === undefined) lanes.dismiss(id);
      else if (!lanes.isWanted(name)) lanes.ignore(id);
      // it was renamed between two looks
      else if (lanes.get(id) === undefined) await sleep(LOOK_AGAIN_MS, signal);
    }
    return lanes.get(id);
  }

  async #isOfItsTime(event: ChangeEvent, offset: bigint): Promise<boolean> {
    const { clock } = this.#deps;
    if (await clock.hasReached(event.ts)) return true;
    const text = `its timestamp ${event.ts} is later than the source's time`;
    const id = "collectionId" in event ? event.collectionId : undefined;
    this.#skipUnreadable(offset, id, new CdcError("RECORD_UNREADABLE", text));
    return false;
  }

  #decode({ offset, value, unreadable }: LogRecord): ChangeEvent | undefined {
    try {
      if (unreadable !== undefined) throw unreadable;
      return this.#deps.decode(value);
    } catch (error) {
      this.#skipUnreadable(offset, undefined, error);
      return undefined;
    }
  }

  #skipUnreadable(offset: bigint, id: CollectionId | undefined, error: unknown): void {
    this.#course.tracker.skip(offset);
    this.#deps.onSkipped(skipped.unreadableRecord, { channel: this.channel, offset }, id, error);
  }
}
