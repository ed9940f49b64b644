import { setMaxListeners } from "node:events";
import { aborted, linkedAbort } from "../async/abort.js";
import type { PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import { physicalMs, type ChannelName, type HybridTs } from "../model/ids.js";
import { isPartitionSelected } from "../model/partition-filter.js";
import { isReplacing } from "../model/row-copy.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { fullName, type CollectionName } from "../model/selection.js";
import { skipped } from "../model/skipped.js";
import { EarlyWindow } from "../order/early-window.js";
import { TouchedKeys } from "../order/touched-keys.js";
import type { TargetCollection } from "../sink/applier.js";
import type { BulkImport } from "../source/source-catalogue.js";
import { Barriers } from "./barriers.js";
import { CollectionRecord } from "./collection-record.js";
import { LaneBlock } from "./lane-block.js";
import type { LaneDeps } from "./lane-deps.js";
import { NameFollower } from "./name-follower.js";
import { openOrReplace } from "./open-or-replace.js";
import { refusePartitionKey } from "./refuse-partition-key.js";
import { RowCopier } from "./row-copier.js";
import { RowRepairs } from "./row-repairs.js";
import { RowWriter } from "./row-writer.js";
import { ShardClock, type StillShard } from "./shard-clock.js";
import { ShardQueue, type QueuedBarrier, type QueuedEvent } from "./shard-queue.js";
import { SkippedCounts } from "./skipped-counts.js";
import { StructureKeeper } from "./structure-keeper.js";
import type { CollectionPhase, CollectionView } from "./task-view.js";
import { writeOrName } from "./write-or-name.js";
import { writeReleased } from "./write-released.js";

/** A lane that holds more stops the readers of its channels. */
const MAX_QUEUED_BYTES = 16 << 20;
/** A shard with more to do is behind: its rows are covered by ticks before their turn comes. */
const MAX_EARLY_BYTES = 1 << 20;

interface Shard {
  readonly channel: ChannelName;
  readonly queue: ShardQueue;
  readonly early: EarlyWindow;
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
  readonly repairs: RowRepairs;
  /** Records of this collection that could not be replicated. */
  readonly skipped = new SkippedCounts();
  readonly #deps: LaneDeps;
  readonly #shards: ReadonlyMap<ChannelName, Shard>;
  readonly #barriers: Barriers;
  readonly #clock: ShardClock;
  readonly #record: CollectionRecord;
  readonly #touched = new TouchedKeys();
  readonly #copier: RowCopier;
  readonly #name: NameFollower;
  #phase: CollectionPhase = "waiting";
  #reason: string | undefined;
  #block: LaneBlock | undefined;
  #isDropped = false;
  #giveFree: () => void = () => undefined;

  constructor(collection: ReplicatedCollection, deps: LaneDeps) {
    this.#deps = deps;
    this.#record = new CollectionRecord(collection, deps);
    this.#barriers = new Barriers(collection.channels);
    this.#clock = new ShardClock(collection.channels);
    const shards = collection.channels.map((channel): Shard => ({
      channel,
      queue: new ShardQueue(),
      early: new EarlyWindow(),
      barrier: undefined,
    }));
    this.#shards = new Map(shards.map((shard) => [shard.channel, shard]));
    this.structure = new StructureKeeper(this.#record, deps, () => this.#clock.low);
    const parts = { record: this.#record, touched: this.#touched, clock: this.#clock };
    this.#copier = new RowCopier(parts, deps);
    this.repairs = new RowRepairs(parts, deps);
    this.#name = new NameFollower(this.#record, deps);
  }

  get collection(): ReplicatedCollection {
    return this.#record.current;
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

  /** The shard that has passed no tick for longest; undefined while none is due: those of a dropped one may get none. */
  get slowestShard(): StillShard | undefined {
    const isAtItsDrop = [...this.#shards.values()].some(
      ({ barrier }) => barrier?.event.kind === "drop-collection",
    );
    return this.#phase !== "streaming" || this.#isDropped || isAtItsDrop ? undefined : this.#clock.slowest;
  }

  /** The source's collection was seen under this name. */
  seen(source: CollectionName): Promise<void> {
    return this.#name.seen(source);
  }

  /** The source remembers these bulk imports of the collection, at this time of its own or before. */
  imported(imports: readonly BulkImport[], at: HybridTs): void {
    this.#copier.noteImports(imports, at);
  }

  /** Takes released events of one channel. */
  push(channel: ChannelName, events: readonly QueuedEvent[]): void {
    const shard = this.#shards.get(channel);
    const fresh: QueuedEvent[] = [];
    for (const queued of events) {
      const { event, offset, pending } = queued;
      const isOver = this.#isLetGo(event) || this.#isDropped || shard === undefined;
      if (!isOver && !this.#isGivenUp(channel, queued)) {
        fresh.push(queued);
        continue;
      }
      shard?.early.release(offset, () => []);
      pending.done();
    }
    const isDrop = fresh.some(({ event }) => event.kind === "drop-collection");
    if (isDrop && this.collection.isMerged === undefined) this.#name.giveUp();
    if (this.#block !== undefined) this.#block.hold(channel, fresh);
    else shard?.queue.push(fresh.map((queued) => this.#remainderOf(shard, queued)));
  }

  #isGivenUp(channel: ChannelName, { event, offset }: QueuedEvent): boolean {
    const isRow = event.kind === "insert" || event.kind === "delete";
    if (!isRow || !this.#deps.isGivenUp(channel, offset)) return false;
    this.#deps.onSkipped(this.collection, skipped.givenUp, 1);
    return true;
  }

  /**
   * Of a partition that is not selected, or of before the last barrier: all shards had passed it when it was carried
   * out, so nothing up to it is applied again.
   */
  #isLetGo(event: QueuedEvent["event"]): boolean {
    if (event.kind === "drop-collection") return false;
    const { barrierTs, onlyPartitions } = this.collection;
    return event.ts <= barrierTs || !isPartitionSelected(onlyPartitions, event.partition);
  }

  /**
   * Takes an event of one channel that no tick covers yet, and that will be
   * pushed when one does. While the lane keeps up, rows are sent right away:
   * waiting for the tick is nearly all of the lag.
   */
  arrive(channel: ChannelName, { event, offset, isReplayed }: Omit<QueuedEvent, "pending">): void {
    const shard = this.#shards.get(channel);
    const { earlyApply } = this.#deps;
    if (!earlyApply || shard === undefined || this.#phase !== "streaming" || this.#isLetGo(event)) return;
    // what is deleted because no page shows it must not be a row that was sent early
    const isInTurn = isReplayed || isReplacing(this.collection.copy) || shard.queue.bytes >= MAX_EARLY_BYTES;
    const isRow = event.kind === "insert" || event.kind === "delete";
    const keys = isInTurn || !isRow ? [] : this.#keysOf(event);
    if (!isRow || keys.length === 0) shard.early.close(offset);
    else for (const row of shard.early.arrive({ event, offset, keys })) shard.queue.pushEarly(row);
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
    const { stopping } = this.#deps;
    try {
      refusePartitionKey(this.collection, this.#deps.rows);
      await this.#acquireName();
      this.#giveFree = await this.#deps.claim(() => this.collection);
      const target = await this.#open();
      this.#phase = "streaming";
      this.#clock.start();
      await this.#stream(target);
    } catch (error) {
      if (this.#isDropped) this.#finishAll();
      else if (!stopping.aborted) {
        await this.#stop(CdcError.from(error));
        this.structure.end();
        // it keeps its name: a successor would find this one's rows on the target
        await aborted(stopping);
      }
    } finally {
      this.structure.end();
      this.#giveFree();
      this.#name.release();
    }
  }

  /** Waits for the name on the target. One that is dropped before it has any leaves nothing behind there. */
  async #acquireName(): Promise<void> {
    const { stopping } = this.#deps;
    this.#reason = "the name on the target is in use by another collection of the task";
    try {
      await this.#name.acquire(stopping);
    } catch (error) {
      if (stopping.aborted) throw error;
      await this.#record.forget();
      this.#isDropped = true;
      throw error;
    } finally {
      this.#reason = undefined;
    }
  }

  view(nowMs: number): CollectionView {
    const passed = this.#clock.low;
    const copy = this.#copier.view();
    const unreadable = this.#copier.problem;
    const isCopying = this.#phase === "streaming" && copy !== undefined;
    return {
      collection: this.collection,
      phase: isCopying ? (unreadable === undefined ? "snapshot" : "blocked") : this.#phase,
      reason:
        this.#reason ??
        (isCopying ? unreadable?.explanation : undefined) ??
        this.#name.problem ??
        listed(this.structure.problems),
      lagMs: passed === 0n ? undefined : Math.max(0, nowMs - physicalMs(passed)),
      copy,
      skipped: this.skipped.all,
      blockedRecord: this.#block?.record,
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

  #open(): Promise<TargetCollection> {
    const { applier, databases, retries, stopping, aborting } = this.#deps;
    return retries.retry(
      this.#place,
      async () => {
        await this.#name.finish();
        const { target } = this.collection;
        await databases.ensure(target.database, aborting);
        if (this.collection.isMerged === undefined)
          await this.#record.change({ isMerged: await applier.hasCollection(target, aborting) });
        return openOrReplace(this.#record, applier, aborting);
      },
      stopping,
    );
  }

  /** Shards run for ever: the first one to fail, or the drop of the collection, ends them all. */
  async #stream(target: TargetCollection): Promise<void> {
    const linked = linkedAbort(this.#deps.stopping);
    const { signal } = linked;
    setMaxListeners(0, signal);
    const parts = { record: this.#record, structure: this.structure, touched: this.#touched };
    const writer = new RowWriter(target, parts, this.#deps, signal);
    const shards = [...this.#shards.values()].map((shard) => this.#runShard(shard, writer, signal));
    const running = [
      ...shards,
      this.structure.run(target, signal),
      this.#copier.run(target, writer, signal),
      this.repairs.run(target, writer, signal),
      this.#name.run(target, writer, signal),
    ];
    try {
      await Promise.all(running);
    } finally {
      linked.abort();
      linked.unlink();
      await Promise.allSettled(running);
    }
  }

  async #runShard(shard: Shard, writer: RowWriter, signal: AbortSignal): Promise<void> {
    while (!this.#isDropped) {
      const work = await shard.queue.next(signal);
      if (work.kind === "tick") {
        this.#clock.passed(shard.channel, work.ts);
        this.#barriers.passed(shard.channel, work.ts);
        this.structure.advanced();
      } else if (work.kind === "rows") {
        await writeReleased(shard.channel, work.rows, writer);
      } else if (work.kind === "early") {
        await writeOrName(shard.channel, work.rows, (rows, isRepeated) =>
          writer.writeEarly(shard.channel, rows, isRepeated),
        );
      } else {
        shard.barrier = work.barrier;
        await this.#cross(shard, work.barrier, writer, signal);
        shard.barrier = undefined;
      }
    }
    throw new Error("the collection was dropped");
  }

  async #cross(
    shard: Shard,
    { event, pending }: QueuedBarrier,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const carryOut = (): Promise<void> =>
      event.kind === "drop-collection" ? writer.exclusively(() => this.#drop()) : writer.dropPartition(event);
    await this.#barriers.meet(event.ts, shard.channel, carryOut, signal);
    pending.done();
  }

  /** The memory of the collection goes before the records are done: a replay of them finds nothing to act on. */
  async #drop(): Promise<void> {
    const { applier, retries, stopping, aborting } = this.#deps;
    const { target, onlyPartitions } = this.collection;
    const drop = (): Promise<void> => applier.dropCollection(target, onlyPartitions, aborting);
    await retries.retry(this.#place, drop, stopping);
    await this.#record.forget();
    this.#isDropped = true;
  }

  /** Nothing of a dropped collection matters any more. */
  #finishAll(): void {
    for (const { queue, barrier } of this.#shards.values()) {
      barrier?.pending.done();
      for (const { pending } of queue.clear()) pending.done();
    }
  }

  async #stop(error: CdcError): Promise<void> {
    if (error.action !== "block") throw error;
    const block = new LaneBlock(this.collection, error);
    // whoever sees that it is blocked may skip the record at once
    if (block.record !== undefined) await this.#deps.rememberBlocked(block.record);
    this.#phase = "blocked";
    this.#block = block;
    this.#reason = error.explanation;
    this.#deps.onBlocked(this.collection, error);
    for (const { channel, queue, barrier } of this.#shards.values()) {
      barrier?.pending.letGo();
      block.hold(channel, queue.clear());
    }
  }

  get #place(): string {
    return `collection ${fullName(this.collection.target)}`;
  }
}

function listed(problems: readonly string[]): string | undefined {
  return problems.length > 0 ? problems.join(" ") : undefined;
}
