import type { PrimaryKeys } from "../model/change-event.js";

/** What is left to do with a row event when its tick has come. */
export type Remainder =
  /** Everything: it was not sent. */
  | "apply"
  /** Nothing: it was sent, and nothing older touched its keys since. */
  | "sent"
  /** To be written once more, as an upsert: something older was applied after it to one of its keys. */
  | "repeat";

interface Arrival {
  readonly keys: PrimaryKeys;
  readonly isSent: boolean;
  isRepeated: boolean;
}

/**
 * Decides what one shard may send before its tick, and repairs what came in
 * the wrong order. Pure bookkeeping over keys.
 *
 * Order only matters between operations on one key, and only records that no
 * tick has covered yet can still be preceded by others. So a plain insert is
 * sent as it arrives, unless a record with one of its keys is waiting for a
 * tick. When ticks release records, in order, each one that was not sent is
 * older than everything that was sent and is still waiting: if they share a
 * key, the one that was sent is written again at its own tick.
 */
export class EarlyWindow {
  readonly #arrivals = new Map<bigint, Arrival>();
  /** Of sent records that wait for their tick, by key. */
  readonly #sent = new Map<bigint | string, Arrival>();
  /** How many unsent records wait for their tick, by key. */
  readonly #waiting = new Map<bigint | string, number>();
  /** Offsets of barriers that wait for their tick: rows behind one would be dropped with it, and come back. */
  readonly #barriers = new Set<bigint>();

  /** A record has arrived that no tick covers. Answers whether it may be sent now; it counts as sent then. */
  arrive(offset: bigint, keys: PrimaryKeys, isCandidate: boolean): boolean {
    const isSent = isCandidate && this.#barriers.size === 0 && !this.#isTouched(keys);
    const arrival = { keys, isSent, isRepeated: false };
    this.#arrivals.set(offset, arrival);
    for (const key of keys) {
      if (isSent) this.#sent.set(key, arrival);
      else this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
    }
    return isSent;
  }

  /** A barrier has arrived that no tick covers; until one does, nothing is sent early. */
  arriveBarrier(offset: bigint): void {
    this.#barriers.add(offset);
  }

  /** A tick has released a barrier: what was sent, and is later, is dropped with the rest and has to be written again. */
  releaseBarrier(offset: bigint): void {
    this.#barriers.delete(offset);
    for (const arrival of this.#sent.values()) arrival.isRepeated = true;
  }

  /** A tick has released a record, in order. Its keys are asked for only when they matter. */
  release(offset: bigint, keysOf: () => PrimaryKeys): Remainder {
    const arrival = this.#arrivals.get(offset);
    this.#arrivals.delete(offset);
    if (arrival?.isSent === true) {
      for (const key of arrival.keys) if (this.#sent.get(key) === arrival) this.#sent.delete(key);
      return arrival.isRepeated ? "repeat" : "sent";
    }
    for (const key of arrival?.keys ?? []) this.#stopWaiting(key);
    if (this.#sent.size > 0) this.#repeat(arrival?.keys ?? keysOf());
    return "apply";
  }

  #repeat(keys: PrimaryKeys): void {
    for (const key of keys) {
      const sent = this.#sent.get(key);
      if (sent !== undefined) sent.isRepeated = true;
    }
  }

  #isTouched(keys: PrimaryKeys): boolean {
    for (const key of keys) if (this.#sent.has(key) || this.#waiting.has(key)) return true;
    return false;
  }

  #stopWaiting(key: bigint | string): void {
    const count = this.#waiting.get(key) ?? 0;
    if (count > 1) this.#waiting.set(key, count - 1);
    else this.#waiting.delete(key);
  }
}
