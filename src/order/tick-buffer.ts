import type { ChangeEvent, LaneEvent, Placed } from "../model/change-event.js";
import type { CollectionId, HybridTs } from "../model/ids.js";

/**
 * Puts the records of one channel in order.
 *
 * Inside a topic order holds only between ticks: records stand up to 200 ms
 * out of order, but nothing with a timestamp up to T follows tick T. So records
 * wait here until a tick covers them and leave sorted: by timestamp, deletes
 * before inserts at equal timestamps (the two halves of an upsert), then as logged.
 */
export class TickBuffer {
  #held: Placed<LaneEvent>[] = [];

  hold(placed: Placed<LaneEvent>): void {
    this.#held.push(placed);
  }

  /** What no tick has released yet, as it came. */
  get waiting(): readonly Placed<LaneEvent>[] {
    return this.#held;
  }

  /** Everything up to a tick, in order. */
  release(tick: HybridTs): readonly Placed<LaneEvent>[] {
    return this.#take(({ event }) => event.ts <= tick);
  }

  /**
   * Everything of one collection, in order. A drop needs no tick to cover it,
   * and may never get one: ticks end with the last collection of a channel.
   * What follows it belongs to a collection that is no more.
   */
  releaseCollection(id: CollectionId): readonly Placed<LaneEvent>[] {
    return this.#take(({ event }) => event.collectionId === id);
  }

  #take(isTaken: (placed: Placed<LaneEvent>) => boolean): readonly Placed<LaneEvent>[] {
    const taken: Placed<LaneEvent>[] = [];
    const kept: Placed<LaneEvent>[] = [];
    for (const placed of this.#held) (isTaken(placed) ? taken : kept).push(placed);
    this.#held = kept;
    return taken.sort(inOrder);
  }
}

const RANK: Readonly<Partial<Record<ChangeEvent["kind"], number>>> = { delete: 0, insert: 1 };
/** Barriers come after rows of their own timestamp. */
const BARRIER_RANK = 2;

function inOrder(a: Placed, b: Placed): number {
  return compare(a.event.ts, b.event.ts) || rankOf(a) - rankOf(b) || compare(a.place.offset, b.place.offset);
}

function rankOf({ event }: Placed): number {
  return RANK[event.kind] ?? BARRIER_RANK;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
