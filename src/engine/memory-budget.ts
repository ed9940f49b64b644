import type { PendingRecord } from "../order/channel-tracker.js";

/**
 * How many bytes of records the whole process keeps in memory, shared by the channels of all tasks.
 *
 * A limit for each channel alone would be multiplied by their number, and one limit for all of them
 * would let a single stuck channel stop the others. So each may hold as much as is still free: one
 * alone takes half of the budget, n of them an n+1-th each, and something is always left for the next.
 * (Known from switches as dynamic thresholds.)
 */
export class MemoryBudget {
  readonly #bytes: number;
  #held = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What all of them hold. */
  get held(): number {
    return this.#held;
  }

  /** To be closed. */
  open(): MemoryShare {
    return new MemoryShare(
      (bytes) => {
        this.#held += bytes;
      },
      () => this.#bytes - this.#held,
    );
  }
}

/** A record on its way to the target, with its bytes. */
export interface HeldRecord extends PendingRecord {
  /** It stays undone, but is not in memory any more: it is read again after the next start. Idempotent. */
  letGo(): void;
}

/** One channel's part of the budget. */
export class MemoryShare {
  readonly #change: (bytes: number) => void;
  readonly #free: () => number;
  #held = 0;
  #waiting = 0;
  #isClosed = false;

  constructor(change: (bytes: number) => void, free: () => number) {
    this.#change = change;
    this.#free = free;
  }

  /**
   * Whether nothing more may be read. Never so while it holds only what waits for something later in the
   * same channel: so a channel that others wait for gets on in the end.
   */
  get isSpent(): boolean {
    const ready = this.#held - this.#waiting;
    return ready > 0 && ready >= this.#free();
  }

  hold(bytes: number): void {
    if (this.#isClosed) return;
    this.#held += bytes;
    this.#change(bytes);
  }

  release(bytes: number): void {
    this.hold(-bytes);
  }

  /** Holds what can only leave when more of the channel was read: its tick. */
  holdUntilMore(bytes: number): void {
    this.#waiting += bytes;
    this.hold(bytes);
  }

  /** What was held like that can leave now. */
  hasMore(bytes: number): void {
    this.#waiting -= bytes;
  }

  /** Of bytes that are held already: they are released when the record is done. */
  heldRecord(record: PendingRecord, bytes: number): HeldRecord {
    let isHeld = true;
    const letGo = (): void => {
      if (isHeld) this.release(bytes);
      isHeld = false;
    };
    return {
      letGo,
      done: () => {
        letGo();
        record.done();
      },
    };
  }

  /** Releases all of it, for good. */
  close(): void {
    this.release(this.#held);
    this.#isClosed = true;
  }
}
