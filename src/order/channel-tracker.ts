import type { HybridTs } from "../model/ids.js";

interface TickGroup {
  tick: HybridTs;
  pending: number;
}

/** A record that was handed on and is not durable yet. */
export interface PendingRecord {
  readonly offset: bigint;
  /** Says that the record is durable on the target, or needs nothing there. Idempotent. */
  done(): void;
}

/**
 * Knows how far one channel is durable: no I/O, only bookkeeping.
 *
 * The checkpoint is the lowest record that is not done, or the next one to
 * read. It cannot pass a hole: a record counts as undone from the moment it is
 * read, and `done` takes away just that record. The durable tick is kept apart,
 * since records of a later tick may stand before an earlier tick in the log.
 */
export class ChannelTracker {
  /** Offsets that are not done; a Set keeps the order in which they were read. */
  readonly #undone = new Set<bigint>();
  readonly #groups: TickGroup[] = [];
  #next: bigint;
  #tick: HybridTs;

  constructor(next: bigint, tick: HybridTs) {
    this.#next = next;
    this.#tick = tick;
  }

  /** A record was read; it holds the checkpoint until `finish`. */
  begin(offset: bigint): void {
    this.#undone.add(offset);
    this.#next = offset + 1n;
  }

  /** A record was read that needs nothing. */
  skip(offset: bigint): void {
    this.#next = offset + 1n;
  }

  finish(offset: bigint): void {
    this.#undone.delete(offset);
  }

  /** A tick released these records; it is durable when all of them, and all earlier ticks, are. */
  released(tick: HybridTs, offsets: readonly bigint[]): readonly PendingRecord[] {
    const last = this.#groups.at(-1);
    if (offsets.length === 0 && last !== undefined) {
      // while a record is held for long, its group stands for all empty ticks after it
      last.tick = tick;
      return [];
    }
    const group: TickGroup = { tick, pending: offsets.length };
    this.#groups.push(group);
    const pending = offsets.map((offset) => this.#pending(offset, group));
    this.#settle();
    return pending;
  }

  /** Records that left without a tick of their own. */
  releasedAlone(offsets: readonly bigint[]): readonly PendingRecord[] {
    return offsets.map((offset) => ({ offset, done: () => this.finish(offset) }));
  }

  get next(): bigint {
    return this.#next;
  }

  get checkpoint(): bigint {
    for (const lowest of this.#undone) return lowest;
    return this.#next;
  }

  /** Everything up to this tick is durable; 0 before the first. */
  get durableTick(): HybridTs {
    return this.#tick;
  }

  #pending(offset: bigint, group: TickGroup): PendingRecord {
    let isDone = false;
    return {
      offset,
      done: () => {
        if (isDone) return;
        isDone = true;
        this.finish(offset);
        group.pending--;
        this.#settle();
      },
    };
  }

  #settle(): void {
    let settled = 0;
    for (const group of this.#groups) {
      if (group.pending > 0) break;
      if (group.tick > this.#tick) this.#tick = group.tick;
      settled++;
    }
    if (settled > 0) this.#groups.splice(0, settled);
  }
}
