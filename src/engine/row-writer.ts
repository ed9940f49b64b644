import { fullName } from "../model/selection.js";
import { SharedLock } from "../async/shared-lock.js";
import type { DropPartition, PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";
import type { ChannelName, HybridTs } from "../model/ids.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { isReplacing } from "../model/row-copy.js";
import { selectedStructure } from "../model/structure.js";
import type { EarlyRow } from "../order/early-window.js";
import type { PlannedEvent } from "../order/row-plan.js";
import { planRows } from "../order/row-plan.js";
import type { TouchedKeys } from "../order/touched-keys.js";
import type { RowWrite, TargetCollection } from "../sink/applier.js";
import type { CollectionRecord } from "./collection-record.js";
import type { LaneDeps } from "./lane-deps.js";
import type { StructureKeeper } from "./structure-keeper.js";

/** What belongs to the same lane. */
export interface RowWriterParts {
  readonly record: CollectionRecord;
  readonly structure: StructureKeeper;
  readonly touched: TouchedKeys;
}

/** Writes the rows of one collection to its target, and lets partitions follow their ids. */
export class RowWriter {
  readonly #target: TargetCollection;
  readonly #record: CollectionRecord;
  readonly #deps: LaneDeps;
  readonly #structure: StructureKeeper;
  readonly #touched: TouchedKeys;
  readonly #writing = new SharedLock();
  readonly #signal: AbortSignal;
  #writtenTs: HybridTs = 0n;

  constructor(target: TargetCollection, parts: RowWriterParts, deps: LaneDeps, signal: AbortSignal) {
    this.#target = target;
    this.#record = parts.record;
    this.#structure = parts.structure;
    this.#touched = parts.touched;
    this.#deps = deps;
    this.#signal = signal;
  }

  /** The latest time of an event that was written, or is being written; plain inserts before their tick are left aside. */
  get writtenTs(): HybridTs {
    return this.#writtenTs;
  }

  /** Events of one shard, in order. */
  async write(channel: ChannelName, events: readonly PlannedEvent[]): Promise<void> {
    await this.#followPartitions(events.map(({ event }) => event));
    await this.#writing.shared(async () => {
      const due = events.filter(({ event }) => !this.#isOfDropped(event));
      for (const { event } of due) this.#noteWritten(event);
      await this.#apply(channel, due, this.#deps.keysOf);
    });
  }

  /** Rows before their tick; inserts as upserts when they may be there already. */
  async writeEarly(channel: ChannelName, rows: readonly EarlyRow[], isRepeated: boolean): Promise<void> {
    await this.#followPartitions(rows.map(({ event }) => event));
    await this.#writing.shared(async () => {
      const due = rows.filter(({ event }) => !this.#isOfDropped(event));
      // a page that still shows what these replace would bring it back; a plain insert replaces nothing
      for (const { event } of due)
        if (event.kind === "delete" || event.isUpsertHalf) this.#noteWritten(event);
      const keys = new Map(due.map((row) => [row.event, row.keys]));
      const planned = due.map(({ event }) => ({ event, isReplayed: isRepeated }));
      await this.#apply(channel, planned, (insert) => keys.get(insert) ?? this.#deps.keysOf(insert));
    });
  }

  /**
   * Existing rows: what `prepare` gives when nothing else is being written. Answers
   * false when that is undefined: what was read is worth nothing any more.
   */
  async writeCopied(
    insert: RowInsert,
    prepare: () => Promise<readonly RowInsert[] | undefined>,
  ): Promise<boolean> {
    await this.#followPartitions([insert]);
    return this.#writing.exclusive(async () => {
      if (this.#isOfDropped(insert)) return true;
      const inserts = await prepare();
      if (inserts === undefined) return false;
      if (inserts.length > 0) await this.#send("the snapshot", { kind: "upsert", inserts });
      return true;
    });
  }

  /** Carries out a logged drop, with all shards standing at it. */
  dropPartition({ partition, partitionId, ts }: DropPartition): Promise<void> {
    return this.exclusively(async () => {
      const { partitions } = this.#record.current;
      // when rows of its successor have come before, it went then
      const isGone = partitionId < (partitions.get(partition) ?? 0n);
      if (!isGone) await this.#dropOnTarget(partition);
      const left = new Map([...partitions].filter(([name]) => isGone || name !== partition));
      await this.#record.change({ barrierTs: ts, partitions: left });
    });
  }

  /**
   * Drops partitions that only the target has. The source's are asked for when nothing is being
   * written; answers false when they are not known.
   */
  async dropOthers(list: () => Promise<readonly string[] | undefined>): Promise<boolean> {
    let isKnown = false;
    await this.exclusively(async () => {
      const { onlyPartitions } = this.#record.current;
      const { partitions: found } = selectedStructure(
        await this.#target.structure(this.#deps.aborting),
        onlyPartitions,
      );
      const kept = await list();
      if (kept === undefined) return;
      isKnown = true;
      // those of a collection with a partition key have no names, and are never dropped
      const others = kept.includes("") ? [] : found.filter((name) => !kept.includes(name));
      for (const name of others) await this.#dropOnTarget(name);
      const { partitions } = this.#record.current;
      await this.#record.change({
        partitions: new Map([...partitions].filter(([name]) => !others.includes(name))),
      });
    });
    return isKnown;
  }

  /** Nothing is compared or written while the action runs. */
  exclusively(action: () => Promise<void>): Promise<void> {
    return this.#structure.exclusively(() =>
      this.#writing.exclusive(() => {
        // who waited for a drop to end must not take what has the name by then for this collection
        if (this.#record.isForgotten) throw new Error("the collection was dropped");
        return action();
      }),
    );
  }

  /**
   * Makes room for rows of a partition that has the name of an earlier one. The
   * source logs the drop of that one up to seconds later than rows of its
   * successor, so the first such row tells of the drop.
   */
  async #followPartitions(events: readonly (RowInsert | RowDelete)[]): Promise<void> {
    for (const { partition, partitionId } of events) {
      if (partitionId <= (this.#record.current.partitions.get(partition) ?? 0n)) continue;
      await this.exclusively(() => this.#replacePartition(partition, partitionId));
    }
  }

  async #replacePartition(partition: string, id: bigint): Promise<void> {
    const { partitions } = this.#record.current;
    const standing = partitions.get(partition);
    if (standing !== undefined && standing >= id) return;
    if (standing !== undefined) await this.#dropOnTarget(partition);
    await this.#record.change({ partitions: new Map([...partitions, [partition, id]]) });
  }

  async #dropOnTarget(partition: string): Promise<void> {
    const { retries, aborting } = this.#deps;
    this.#touched.touchPartition(partition);
    await retries.retry(this.#place, () => this.#target.dropPartition(partition, aborting), this.#signal);
  }

  /** Whether its partition was dropped, and another one has the name now. */
  #isOfDropped({ partition, partitionId }: RowInsert | RowDelete): boolean {
    return partitionId > 0n && partitionId < (this.#record.current.partitions.get(partition) ?? 0n);
  }

  /** After a failure nobody knows how much of a write was applied, so it is repeated as an upsert. */
  async #send(channel: ChannelName, write: RowWrite): Promise<void> {
    const { retries, counters, aborting } = this.#deps;
    const again: RowWrite = write.kind === "insert" ? { ...write, kind: "upsert" } : write;
    const mayBeThere = mayHaveRows(this.#record.current);
    const place = `${this.#place} in ${channel}`;
    await retries.retry(
      place,
      (attempt) => this.#target.write(attempt === 1 && !mayBeThere ? write : again, aborting),
      this.#signal,
    );
    counters.wrote(write);
  }

  async #apply(
    channel: ChannelName,
    due: readonly PlannedEvent[],
    keysOf: (insert: RowInsert) => PrimaryKeys,
  ): Promise<void> {
    if (this.#touched.isWatched)
      for (const { event } of due)
        this.#touched.touch(event.partition, event.kind === "delete" ? event.keys : keysOf(event));
    for (const { deletes, upserts, inserts } of planRows(due, keysOf)) {
      if (deletes.length > 0) await this.#send(channel, { kind: "delete", deletes });
      if (upserts.length > 0) await this.#send(channel, { kind: "upsert", inserts: upserts });
      if (inserts.length > 0) await this.#send(channel, { kind: "insert", inserts });
    }
  }

  #noteWritten({ ts }: RowInsert | RowDelete): void {
    if (ts > this.#writtenTs) this.#writtenTs = ts;
  }

  get #place(): string {
    return `collection ${fullName(this.#record.current.target)}`;
  }
}

/** Whether the target may have rows of keys that the source inserts. */
function mayHaveRows({ isMerged, copy }: ReplicatedCollection): boolean {
  return isMerged === true || isReplacing(copy);
}
