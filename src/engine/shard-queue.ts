import type {
  DropCollection,
  DropPartition,
  LaneEvent,
  RowDelete,
  RowInsert,
} from "../model/change-event.js";
import type { HybridTs } from "../model/ids.js";
import type { EarlyRow } from "../order/early-window.js";
import type { HeldRecord } from "./memory-budget.js";

/** An event on its way to the target, and the means to say that it is there. */
export interface QueuedEvent<E extends LaneEvent = LaneEvent> {
  readonly event: E;
  readonly offset: bigint;
  /** It may be on the target already, so it has to be applied as an upsert. */
  readonly isReplayed: boolean;
  /** It was sent before its tick, and that suffices. */
  readonly isSent?: boolean;
  readonly pending: HeldRecord;
}

export type QueuedRows = QueuedEvent<RowInsert | RowDelete>;
export type QueuedBarrier = QueuedEvent<DropCollection | DropPartition>;

/** What a shard does next. */
export type ShardWork =
  | { readonly kind: "rows"; readonly rows: readonly QueuedRows[] }
  /** Rows before their tick; they come again as rows. */
  | { readonly kind: "early"; readonly rows: readonly EarlyRow[] }
  | { readonly kind: "barrier"; readonly barrier: QueuedBarrier }
  | { readonly kind: "tick"; readonly ts: HybridTs };

interface EarlyEntry {
  readonly early: EarlyRow;
}

type Entry = QueuedEvent | EarlyEntry | HybridTs;

/** Sizes of what one shard of a collection sends at once. */
const MAX_WORK_BYTES = 16 << 20;

/** What the objects of a small record take, about. */
export const RECORD_BYTES = 1 << 10;
/** Keys that are read take a multiple of their serialized size. */
const DELETE_FACTOR = 4;

/** What an event takes in memory, about, until it is on the target. */
export function heldBytes(event: LaneEvent): number {
  return sizeOf(event) * (event.kind === "delete" ? DELETE_FACTOR : 1) + RECORD_BYTES;
}

/** The released events of one collection in one channel, with the ticks between them. */
export class ShardQueue {
  #entries: Entry[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  push(events: readonly QueuedEvent[]): void {
    for (const queued of events) {
      this.#entries.push(queued);
      this.#bytes += sizeOf(queued.event);
    }
    this.#wake?.();
  }

  /** To be sent as soon as what was pushed before is done. */
  pushEarly(early: EarlyRow): void {
    this.#entries.push({ early });
    this.#bytes += early.event.sizeBytes;
    this.#wake?.();
  }

  /** Everything pushed so far is covered by this tick. */
  tick(ts: HybridTs): void {
    const last = this.#entries.length - 1;
    if (typeof this.#entries[last] === "bigint") this.#entries[last] = ts;
    else this.#entries.push(ts);
    this.#wake?.();
  }

  /** Empties the queue. */
  clear(): readonly QueuedEvent[] {
    const events = this.#entries.filter(
      (entry) => typeof entry !== "bigint" && !isEarly(entry),
    ) as QueuedEvent[];
    this.#entries = [];
    this.#bytes = 0;
    return events;
  }

  /** Waits for something to do. Rows are taken as many as may go together, never splitting a timestamp. */
  async next(signal: AbortSignal): Promise<ShardWork> {
    while (this.#entries.length === 0) await this.#pushed(signal);
    return (
      this.#takeTick() ?? this.#takeEarly() ?? this.#takeBarrier() ?? { kind: "rows", rows: this.#takeRows() }
    );
  }

  #takeTick(): ShardWork | undefined {
    const [first] = this.#entries;
    if (typeof first !== "bigint") return undefined;
    this.#entries.shift();
    return { kind: "tick", ts: first };
  }

  #takeEarly(): ShardWork | undefined {
    const rows: EarlyRow[] = [];
    for (const entry of this.#entries) {
      if (typeof entry === "bigint" || !isEarly(entry)) break;
      rows.push(entry.early);
      this.#bytes -= entry.early.event.sizeBytes;
    }
    this.#entries.splice(0, rows.length);
    return rows.length === 0 ? undefined : { kind: "early", rows };
  }

  #takeBarrier(): ShardWork | undefined {
    const [first] = this.#entries;
    if (first === undefined || typeof first === "bigint" || isEarly(first) || !isBarrier(first))
      return undefined;
    this.#entries.shift();
    return { kind: "barrier", barrier: first };
  }

  /** Ticks between rows are passed over: the last one of the queue is what counts. */
  #takeRows(): QueuedRows[] {
    const rows: QueuedRows[] = [];
    let bytes = 0;
    let taken = 0;
    let lastTick: HybridTs | undefined;
    for (const entry of this.#entries) {
      if (typeof entry === "bigint") {
        lastTick = entry;
        taken++;
        continue;
      }
      if (isEarly(entry)) break;
      const isFull = bytes >= MAX_WORK_BYTES && rows.at(-1)?.event.ts !== entry.event.ts;
      if (isFull || !isRows(entry)) break;
      rows.push(entry);
      bytes += sizeOf(entry.event);
      taken++;
    }
    this.#entries.splice(0, taken);
    if (lastTick !== undefined) this.#entries.unshift(lastTick);
    this.#bytes -= bytes;
    return rows;
  }

  #pushed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void =>
        reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      signal.addEventListener("abort", onAbort, { once: true });
      this.#wake = () => {
        this.#wake = undefined;
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
    });
  }
}

function sizeOf(event: LaneEvent): number {
  return event.kind === "insert" || event.kind === "delete" ? event.sizeBytes : 0;
}

function isEarly(entry: QueuedEvent | EarlyEntry): entry is EarlyEntry {
  return "early" in entry;
}

function isRows(queued: QueuedEvent): queued is QueuedRows {
  return queued.event.kind === "insert" || queued.event.kind === "delete";
}

function isBarrier(queued: QueuedEvent): queued is QueuedBarrier {
  return !isRows(queued);
}
