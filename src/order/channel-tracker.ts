import type { HybridTs } from "../model/ids.js";

/** A record that was handed on and is not durable yet. */
export interface PendingRecord {
  /** Says that the record is durable on the target, or needs nothing there. Idempotent. */
  done(): void;
}

/** The records that one or more ticks released. */
interface Group {
  tick: HybridTs;
  /** How many of them are not done. */
  pending: number;
  /** The lowest offset among them; undefined when there are none. */
  lowest: bigint | undefined;
}

/**
 * Knows how far one channel is durable: no I/O, only bookkeeping.
 *
 * Order in a channel is by time, and offsets are not in that order. If each
 * record let the checkpoint go by itself, a replay could begin between the two:
 * it would repeat an older delete of a key without the newer insert that stands
 * before it in the log, and lose the row. So a record counts as undone until
 * its tick, and every tick before, is durable as a whole. Then every record
 * later than the durable tick stands at or behind the checkpoint, and a replay
 * of what is later than that tick is a whole end of history.
 */
export class ChannelTracker {
  /** Offsets of records that no tick has released; a Set keeps the order in which they were read. */
  readonly #unreleased = new Set<bigint>();
  #groups: Group[] = [];
  #next: bigint;
  #tick: HybridTs;

  constructor(next: bigint, tick: HybridTs) {
    this.#next = next;
    this.#tick = tick;
  }

  /** A record was read; it holds the checkpoint until it is released and durable, or finished. */
  begin(offset: bigint): void {
    this.#unreleased.add(offset);
    this.#next = offset + 1n;
  }

  /** A record was read that needs nothing. */
  skip(offset: bigint): void {
    this.#next = offset + 1n;
  }

  /** A record that leaves without a tick is done. */
  finish(offset: bigint): void {
    this.#unreleased.delete(offset);
  }

  /** A tick released these records. */
  released(tick: HybridTs, offsets: readonly bigint[]): readonly PendingRecord[] {
    for (const offset of offsets) this.#unreleased.delete(offset);
    const group: Group = { tick, pending: offsets.length, lowest: lowestOf(offsets) };
    this.#groups.push(group);
    if (offsets.length === 0) this.#settle();
    return offsets.map(() => this.#pending(group));
  }

  /** Records that left without a tick: those of a dropped collection. Later ticks wait for them. */
  releasedAlone(offsets: readonly bigint[]): readonly PendingRecord[] {
    return this.released(0n, offsets);
  }

  /** Offset of the lowest record that may have to be replayed. */
  get checkpoint(): bigint {
    const [unreleased = this.#next] = this.#unreleased;
    return lowestOf([unreleased, ...this.#groups.flatMap(({ lowest }) => lowest ?? [])]) ?? unreleased;
  }

  /** Everything up to this tick is durable; 0 before the first. */
  get durableTick(): HybridTs {
    return this.#tick;
  }

  #pending(group: Group): PendingRecord {
    let isDone = false;
    return {
      done: () => {
        if (isDone) return;
        isDone = true;
        group.pending--;
        if (group.pending === 0) this.#settle();
      },
    };
  }

  /** Lets durable groups go, in order. Those that wait for an earlier one become one, so that a long wait costs nothing. */
  #settle(): void {
    const waiting: Group[] = [];
    for (const group of this.#groups) {
      const last = waiting.at(-1);
      if (last === undefined && group.pending === 0) {
        if (group.tick > this.#tick) this.#tick = group.tick;
      } else if (last?.pending === 0 && group.pending === 0) {
        if (group.tick > last.tick) last.tick = group.tick;
        last.lowest = lowestOf([last.lowest, group.lowest].filter((offset) => offset !== undefined));
      } else {
        waiting.push(group);
      }
    }
    this.#groups = waiting;
  }
}

function lowestOf(offsets: readonly bigint[]): bigint | undefined {
  return offsets.reduce<bigint | undefined>(
    (low, offset) => (low === undefined || offset < low ? offset : low),
    undefined,
  );
}
