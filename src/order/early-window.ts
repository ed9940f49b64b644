import type { PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";
import type { HybridTs } from "../model/ids.js";

/** What is left to do with a row event when its tick has come. */
export type Remainder =
  /** Everything: it was not sent. */
  | "apply"
  /** Nothing: it was sent, and nothing older touched its keys since. */
  | "sent"
  /** To be applied once more, an insert as an upsert: something older was applied after it to one of its keys. */
  | "repeat";

/** A row event that no tick covers yet. */
export interface EarlyRow {
  readonly event: RowInsert | RowDelete;
  readonly offset: bigint;
  readonly keys: PrimaryKeys;
}

/** What was sent together: one event, or the halves of an upsert. */
interface Sending {
  readonly ts: HybridTs;
  isRepeated: boolean;
}

interface Arrival {
  readonly row: EarlyRow;
  /** Undefined while it waits for its tick. */
  sending: Sending | undefined;
}

/**
 * Decides what one shard may send before its tick, and repairs what came in
 * the wrong order. Pure bookkeeping over keys.
 *
 * Order only matters between operations on one key, and only records that no
 * tick has covered yet can still be preceded by others. So a record is sent as
 * it arrives, unless another one with one of its keys was sent, or is waiting,
 * for a tick. When ticks release records, in order, each one that was not sent
 * is older than everything that was sent and is still waiting: if they share a
 * key, the one that was sent is applied again at its own tick.
 *
 * An upsert is logged in halves, its inserts before its delete. They wait for
 * it and go out together: a row that is only replaced must not be twice on the
 * target, nor be missing there.
 */
export class EarlyWindow {
  readonly #arrivals = new Map<bigint, Arrival>();
  /** What was sent and waits for its tick, by key. */
  readonly #sent = new Map<bigint | string, Sending>();
  /** How many unsent records wait for their tick, by key. */
  readonly #waiting = new Map<bigint | string, number>();
  /** Of those, the inserts of upserts whose delete has not arrived. */
  readonly #halves = new Map<HybridTs, Arrival[]>();
  /** Offsets of records that wait for their tick, and until then let nothing be sent. */
  readonly #closedBy = new Set<bigint>();

  /** A record has arrived that no tick covers. Answers what may be sent now, in order; it counts as sent then. */
  arrive(row: EarlyRow): readonly EarlyRow[] {
    const arrival: Arrival = { row, sending: undefined };
    this.#arrivals.set(row.offset, arrival);
    const { event, keys } = row;
    if (event.kind === "insert" && event.isUpsertHalf && !this.#isDeleteSent(event.ts, keys)) {
      this.#wait(arrival);
      this.#halves.set(event.ts, [...(this.#halves.get(event.ts) ?? []), arrival]);
      return [];
    }
    const halves = event.kind === "delete" ? this.#takeHalves(event.ts) : [];
    const unit = [arrival, ...halves];
    const sending = { ts: event.ts, isRepeated: false };
    const isSent = this.#closedBy.size === 0 && unit.every((part) => this.#isFree(part.row));
    for (const part of unit) {
      if (isSent) this.#send(part, sending);
      else this.#wait(part);
    }
    return isSent ? unit.map((part) => part.row) : [];
  }

  /**
   * A record has arrived before which nothing may be sent: a barrier, behind which rows would be dropped with the
   * others and come back, or one whose keys nobody looks at, as while the shard is behind.
   */
  close(offset: bigint): void {
    this.#closedBy.add(offset);
  }

  /** A tick has released a barrier: what was sent, and is later, is dropped with the rest and has to be written again. */
  releaseBarrier(offset: bigint): void {
    this.#closedBy.delete(offset);
    for (const sending of this.#sent.values()) sending.isRepeated = true;
  }

  /** A tick has released a record, in order. Its keys are asked for only when they matter. */
  release(offset: bigint, keysOf: () => PrimaryKeys): Remainder {
    const arrival = this.#arrivals.get(offset);
    this.#arrivals.delete(offset);
    this.#closedBy.delete(offset);
    if (arrival?.sending !== undefined) return this.#settle(arrival.row.keys, arrival.sending);
    if (arrival !== undefined) {
      this.#stopWaiting(arrival.row.keys);
      this.#halves.delete(arrival.row.event.ts);
    }
    if (this.#sent.size > 0) this.#repeat(arrival?.row.keys ?? keysOf());
    return "apply";
  }

  #settle(keys: PrimaryKeys, sending: Sending): Remainder {
    for (const key of keys) if (this.#sent.get(key) === sending) this.#sent.delete(key);
    return sending.isRepeated ? "repeat" : "sent";
  }

  #repeat(keys: PrimaryKeys): void {
    for (const key of keys) {
      const sending = this.#sent.get(key);
      if (sending !== undefined) sending.isRepeated = true;
    }
  }

  #send(arrival: Arrival, fresh: Sending): void {
    // what comes later of an upsert is repeated with its delete
    const sending = this.#sent.get(arrival.row.keys[0] ?? "") ?? fresh;
    arrival.sending = sending;
    for (const key of arrival.row.keys) this.#sent.set(key, sending);
  }

  #wait({ row }: Arrival): void {
    for (const key of row.keys) this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
  }

  #takeHalves(ts: HybridTs): readonly Arrival[] {
    const halves = this.#halves.get(ts) ?? [];
    this.#halves.delete(ts);
    for (const { row } of halves) this.#stopWaiting(row.keys);
    return halves;
  }

  #isDeleteSent(ts: HybridTs, keys: PrimaryKeys): boolean {
    return this.#sent.get(keys[0] ?? "")?.ts === ts;
  }

  /** Whether no other record that waits for its tick has one of the keys, but for the delete that belongs to it. */
  #isFree({ event, keys }: EarlyRow): boolean {
    for (const key of keys) {
      if (this.#waiting.has(key)) return false;
      const sent = this.#sent.get(key);
      // a delete would take with it what an insert that did not tell whose half it is has brought
      if (sent !== undefined && (sent.ts !== event.ts || event.kind === "delete")) return false;
    }
    return true;
  }

  #stopWaiting(keys: PrimaryKeys): void {
    for (const key of keys) {
      const count = this.#waiting.get(key) ?? 0;
      if (count > 1) this.#waiting.set(key, count - 1);
      else this.#waiting.delete(key);
    }
  }
}
