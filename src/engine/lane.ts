import { setMaxListeners } from "node:events";
import { aborted, linkedAbort } from "../async/abort.js";
import { SharedLock } from "../async/shared-lock.js";
import type { DropPartition, PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import { physicalMs, type ChannelName, type HybridTs } from "../model/ids.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { EarlyWindow } from "../order/early-window.js";
import { planRows } from "../order/row-plan.js";
import type { RowWrite, TargetCollection } from "../sink/applier.js";
import { Barriers } from "./barriers.js";
import type { LaneDeps } from "./lane-deps.js";
import { ShardQueue, type QueuedBarrier, type QueuedEvent, type QueuedRows } from "./shard-queue.js";
import { StructureKeeper } from "./structure-keeper.js";
import type { CollectionPhase, CollectionView } from "./task-view.js";

/** A lane that holds more stops the readers of its channels. */
const MAX_QUEUED_BYTES = 16 << 20;
/** A shard with more to do is behind: its rows are covered by ticks before their turn comes. */
const MAX_EARLY_BYTES = 1 << 20;

interface Shard {
  readonly channel: ChannelName;
  readonly queue: ShardQueue;
  readonly early: EarlyWindow;
  /** Everything up to this tick is durable. */
  passed: HybridTs;
  /** The barrier it stands at. */
  barrier: QueuedBarrier | undefined;
}

/**
 * One collection on its way to the target. Its shards (one per channel) run
 * side by side, each in order, and meet at barriers; a slow or broken
 * collection is slow or broken alone.
 */
export class Lane {
  readonly structure: StructureKeeper;
  readonly #deps: LaneDeps;
  readonly #shards: ReadonlyMap<ChannelName, Shard>;
  readonly #barriers: Barriers;
  readonly #writing = new SharedLock();
  #collection: ReplicatedCollection;
  #phase: CollectionPhase = "waiting";
  #reason: string | undefined;
  /** In a blocked lane: channels in which a record is kept undone, which holds their checkpoint. */
  readonly #heldChannels = new Set<ChannelName>();
  #isDropped = false;

  constructor(collection: ReplicatedCollection, deps: LaneDeps) {
    this.#collection = collection;
    this.#deps = deps;
    this.#barriers = new Barriers(collection.channels);
    const shards = collection.channels.map((channel): Shard => ({
      channel,
      queue: new ShardQueue(),
      early: new EarlyWindow(),
      passed: 0n,
      barrier: undefined,
    }));
    this.#shards = new Map(shards.map((shard) => [shard.channel, shard]));
    this.structure = new StructureKeeper(collection, deps, () => this.#passed);
  }

  get collection(): ReplicatedCollection {
    return this.#collection;
  }

  get isDropped(): boolean {
    return this.#isDropped;
  }

  get isStreaming(): boolean {
    return this.#phase === "streaming";
  }

  get isFull(): boolean {
    return (
      this.#phase !== "blocked" &&
      [...this.#shards.values()].some(({ queue }) => queue.bytes > MAX_QUEUED_BYTES)
    );
  }

  /** Takes released events of one channel. */
  push(channel: ChannelName, events: readonly QueuedEvent[]): void {
    const shard = this.#shards.get(channel);
    // all shards had passed the last barrier when it was carried out, so nothing up to it is applied again
    const isOver = ({ event }: QueuedEvent): boolean =>
      event.ts <= this.#collection.barrierTs || this.#isDropped || shard === undefined;
    for (const queued of events) if (isOver(queued)) queued.pending.done();
    const fresh = events.filter((queued) => !isOver(queued));
    if (this.#phase === "blocked") this.#hold(channel, fresh);
    else shard?.queue.push(fresh.map((queued) => this.#remainderOf(shard, queued)));
  }

  /**
   * Takes an event of one channel that no tick covers yet, and that will be
   * pushed when one does. While the lane keeps up, inserts are sent right away:
   * waiting for the tick is nearly all of the lag.
   */
  arrive(channel: ChannelName, { event, offset, isReplayed }: Omit<QueuedEvent, "pending">): void {
    const shard = this.#shards.get(channel);
    if (shard === undefined || this.#phase !== "streaming") return;
    if (event.kind !== "insert" && event.kind !== "delete") {
      shard.early.arriveBarrier(offset);
      return;
    }
    const keys = this.#keysOf(event);
    const isCandidate =
      event.kind === "insert" &&
      keys.length > 0 &&
      !event.isUpsertHalf &&
      !isReplayed &&
      shard.queue.bytes < MAX_EARLY_BYTES;
    if (shard.early.arrive(offset, keys, isCandidate) && event.kind === "insert")
      shard.queue.pushEarly(event);
  }

  tick(channel: ChannelName, ts: HybridTs): void {
    if (this.#phase !== "blocked") this.#shards.get(channel)?.queue.tick(ts);
  }

  /**
   * Runs until the collection is dropped or the task stops, which is no error.
   *
   * @throws CdcError of an action other than retry and block
   */
  async run(): Promise<void> {
    const { names, stopping } = this.#deps;
    let release = (): void => undefined;
    try {
      this.#reason = "the name on the target is in use by another collection of the task";
      release = await names.acquire(this.#collection.target, stopping);
      this.#reason = undefined;
      const target = await this.#open();
      this.#phase = "streaming";
      await this.#stream(target);
    } catch (error) {
      if (this.#isDropped) this.#finishAll();
      else if (!stopping.aborted) {
        this.#block(CdcError.from(error));
        this.structure.end();
        // it keeps its name: a successor would find this one's rows on the target
        await aborted(stopping);
      }
    } finally {
      this.structure.end();
      release();
    }
  }

  view(nowMs: number): CollectionView {
    const passed = this.#passed;
    return {
      collection: this.#collection,
      phase: this.#phase,
      reason: this.#reason ?? this.structure.problem,
      lagMs: passed === 0n ? undefined : Math.max(0, nowMs - physicalMs(passed)),
    };
  }

  #remainderOf({ early }: Shard, queued: QueuedEvent): QueuedEvent {
    const { event, offset } = queued;
    if (event.kind !== "insert" && event.kind !== "delete") {
      early.releaseBarrier(offset);
      return queued;
    }
    const remainder = early.release(offset, () => this.#keysOf(event));
    if (remainder === "apply") return queued;
    return { ...queued, isReplayed: true, isSent: remainder === "sent" };
  }

  /** None of a record that cannot be read: it blocks the lane when its turn comes, and must not stop the channel now. */
  #keysOf(event: RowInsert | RowDelete): PrimaryKeys {
    if (event.kind === "delete") return event.keys;
    try {
      return this.#deps.keysOf(event);
    } catch {
      return [];
    }
  }

  get #passed(): HybridTs {
    return [...this.#shards.values()].reduce((low, { passed }) => (passed < low ? passed : low), 1n << 64n);
  }

  #open(): Promise<TargetCollection> {
    const { applier, databases, retries, stopping, aborting } = this.#deps;
    return retries.retry(
      this.#place,
      async () => {
        await databases.ensure(this.#collection.target.database, aborting);
        return applier.openCollection(this.#collection, aborting);
      },
      stopping,
    );
  }

  /** Shards run for ever: the first one to fail, or the drop of the collection, ends them all. */
  async #stream(target: TargetCollection): Promise<void> {
    const linked = linkedAbort(this.#deps.stopping);
    setMaxListeners(0, linked.signal);
    const shards = [...this.#shards.values()].map((shard) => this.#runShard(shard, target, linked.signal));
    const running = [...shards, this.structure.run(target, linked.signal)];
    try {
      await Promise.all(running);
    } finally {
      linked.abort();
      linked.unlink();
      await Promise.allSettled(running);
    }
  }

  async #runShard(shard: Shard, target: TargetCollection, signal: AbortSignal): Promise<void> {
    while (!this.#isDropped) {
      const work = await shard.queue.next(signal);
      if (work.kind === "tick") {
        shard.passed = work.ts;
        this.#barriers.passed(shard.channel, work.ts);
        this.structure.advanced();
      } else if (work.kind === "rows") {
        await this.#writeRows(shard, work.rows, target);
      } else if (work.kind === "early") {
        await this.#writeEarly(shard, work.inserts, target);
      } else {
        shard.barrier = work.barrier;
        await this.#cross(shard, work.barrier, target, signal);
        shard.barrier = undefined;
      }
    }
    throw new Error("the collection was dropped");
  }

  async #writeRows(shard: Shard, rows: readonly QueuedRows[], target: TargetCollection): Promise<void> {
    await this.#followPartitions(
      rows.map(({ event }) => event),
      target,
    );
    await this.#writing.shared(async () => {
      const due = rows.filter(({ event, isSent }) => isSent !== true && !this.#isOfDropped(event));
      for (const { deletes, upserts, inserts } of planRows(due, this.#deps.keysOf)) {
        if (deletes.length > 0) await this.#write(shard, { kind: "delete", deletes }, target);
        if (upserts.length > 0) await this.#write(shard, { kind: "upsert", inserts: upserts }, target);
        if (inserts.length > 0) await this.#write(shard, { kind: "insert", inserts }, target);
      }
    });
    for (const { pending } of rows) pending.done();
  }

  async #writeEarly(shard: Shard, inserts: readonly RowInsert[], target: TargetCollection): Promise<void> {
    await this.#followPartitions(inserts, target);
    await this.#writing.shared(async () => {
      const due = inserts.filter((insert) => !this.#isOfDropped(insert));
      if (due.length > 0) await this.#write(shard, { kind: "insert", inserts: due }, target);
    });
  }

  /**
   * Makes room for rows of a partition that has the name of an earlier one. The
   * source logs the drop of that one up to seconds later than rows of its
   * successor, so the first such row tells of the drop.
   */
  async #followPartitions(
    events: readonly (RowInsert | RowDelete)[],
    target: TargetCollection,
  ): Promise<void> {
    for (const { partition, partitionId } of events) {
      if (partitionId <= (this.#collection.partitions.get(partition) ?? 0n)) continue;
      await this.structure.exclusively(() =>
        this.#writing.exclusive(() => this.#replacePartition(partition, partitionId, target)),
      );
    }
  }

  async #replacePartition(partition: string, id: bigint, target: TargetCollection): Promise<void> {
    const { retries, stopping, aborting } = this.#deps;
    const standing = this.#collection.partitions.get(partition);
    if (standing !== undefined && standing >= id) return;
    if (standing !== undefined) {
      await retries.retry(this.#place, () => target.dropPartition(partition, aborting), stopping);
    }
    await this.#change({ partitions: new Map([...this.#collection.partitions, [partition, id]]) });
  }

  /** Whether its partition was dropped, and another one has the name now. */
  #isOfDropped({ partition, partitionId }: RowInsert | RowDelete): boolean {
    return partitionId > 0n && partitionId < (this.#collection.partitions.get(partition) ?? 0n);
  }

  /** After a failure nobody knows how much of a write was applied, so it is repeated as an upsert. */
  async #write({ channel }: Shard, write: RowWrite, target: TargetCollection): Promise<void> {
    const { retries, counters, stopping, aborting } = this.#deps;
    const again: RowWrite = write.kind === "insert" ? { ...write, kind: "upsert" } : write;
    const place = `${this.#place} in ${channel}`;
    await retries.retry(place, (attempt) => target.write(attempt === 1 ? write : again, aborting), stopping);
    counters.wrote(write);
  }

  async #cross(
    shard: Shard,
    { event, pending }: QueuedBarrier,
    target: TargetCollection,
    signal: AbortSignal,
  ): Promise<void> {
    const carryOut = (): Promise<void> =>
      this.structure.exclusively(() =>
        event.kind === "drop-collection" ? this.#drop(target) : this.#dropPartition(event, target),
      );
    await this.#barriers.meet(event.ts, shard.channel, carryOut, signal);
    pending.done();
  }

  async #dropPartition(
    { partition, partitionId, ts }: DropPartition,
    target: TargetCollection,
  ): Promise<void> {
    const { retries, stopping, aborting } = this.#deps;
    const { partitions } = this.#collection;
    if (partitionId < (partitions.get(partition) ?? 0n)) {
      // rows of its successor have come before, and it went then
      await this.#change({ barrierTs: ts });
      return;
    }
    await retries.retry(this.#place, () => target.dropPartition(partition, aborting), stopping);
    const left = new Map([...partitions].filter(([name]) => name !== partition));
    await this.#change({ barrierTs: ts, partitions: left });
  }

  async #change(change: Partial<ReplicatedCollection>): Promise<void> {
    const changed = { ...this.#collection, ...change };
    await this.#deps.remember(changed);
    this.#collection = changed;
  }

  /** The memory of the collection goes before the records are done: a replay of them finds nothing to act on. */
  async #drop(target: TargetCollection): Promise<void> {
    const { retries, forget, stopping, aborting } = this.#deps;
    await retries.retry(this.#place, () => target.drop(aborting), stopping);
    await forget(this.#collection.id);
    this.#isDropped = true;
  }

  /** Nothing of a dropped collection matters any more. */
  #finishAll(): void {
    for (const { queue, barrier } of this.#shards.values()) {
      barrier?.pending.done();
      for (const { pending } of queue.clear()) pending.done();
    }
  }

  #block(error: CdcError): void {
    if (error.action !== "block") throw error;
    this.#phase = "blocked";
    this.#reason = `${error.code}: ${error.message}. ${error.remedy}`;
    this.#deps.onBlocked(this.#collection, error);
    for (const { channel, queue } of this.#shards.values()) this.#hold(channel, queue.clear());
  }

  /**
   * A blocked lane keeps nothing in memory. Its first record in each channel
   * stays undone, and so does its tick: after a resume all is read again.
   */
  #hold(channel: ChannelName, events: readonly QueuedEvent[]): void {
    for (const { pending } of events) {
      if (this.#heldChannels.has(channel)) pending.done();
      this.#heldChannels.add(channel);
    }
  }

  get #place(): string {
    const { database, name } = this.#collection.target;
    return `collection ${database}.${name}`;
  }
}
