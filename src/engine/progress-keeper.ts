import type { ChannelName, HybridTs, TaskId } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";
import type { Metastore } from "../metastore/metastore.js";
import { ChannelTracker } from "../order/channel-tracker.js";
import type { ChannelRange } from "../source/log-reader.js";
import { sleep } from "../async/abort.js";
import type { RetryBoard } from "./retry-board.js";

/** A later save only means a longer replay after a crash. */
const SAVE_EVERY_MS = 1_000;

/** So many times what was just read is counted to the replay zone with it. More would have more to be upserted after a stop. */
const RESERVED_READS = 4;

/** One channel's way through the log, as the pipeline moves it. */
export interface ChannelCourse {
  readonly tracker: ChannelTracker;
  /** Offset of the first record to read. */
  readonly from: bigint;
  /** Rows up to this tick are durable: of an older one, a newer one of its key may stand before `from`. */
  readonly durableUntil: HybridTs;
  /** Records before this offset may be on the target already. */
  readonly replayUntil: bigint;
  /**
   * Remembers that these records, which were read together, may be sent from now on. Has to end before the first of
   * them is.
   */
  raiseFrontier(read: readonly { readonly offset: bigint }[], signal: AbortSignal): Promise<void>;
}

/** The one place where a task's progress moves. */
export class ProgressKeeper {
  readonly #taskId: TaskId;
  readonly #metastore: Metastore;
  readonly #retries: RetryBoard;
  readonly #stored = new Map<ChannelName, ChannelProgress>();
  readonly #trackers = new Map<ChannelName, ChannelTracker>();

  constructor(taskId: TaskId, metastore: Metastore, retries: RetryBoard) {
    this.#taskId = taskId;
    this.#metastore = metastore;
    this.#retries = retries;
  }

  /** Recalls how far the task had come; before any channel is opened. */
  async load(): Promise<void> {
    for (const progress of await this.#metastore.listProgress(this.#taskId))
      this.#stored.set(progress.channel, progress);
  }

  /** What is remembered of each channel. */
  get positions(): readonly ChannelProgress[] {
    return [...this.#stored.values()];
  }

  /** Of each channel, the offset of the first record that may not be durable, saved or not. */
  get checkpoints(): ReadonlyMap<ChannelName, bigint> {
    return new Map(
      this.positions.map(({ channel, checkpoint }) => [
        channel,
        this.#trackers.get(channel)?.checkpoint ?? checkpoint,
      ]),
    );
  }

  /** A channel without stored progress came into being after the task, so it is read from its first record. */
  async open({ channel, start }: ChannelRange, signal: AbortSignal): Promise<ChannelCourse> {
    const stored = this.#stored.get(channel) ?? { channel, checkpoint: start, tick: 0n, frontier: start };
    if (!this.#stored.has(channel)) await this.#save([stored], signal);
    const tracker = new ChannelTracker(stored.checkpoint, stored.tick);
    this.#trackers.set(channel, tracker);
    return {
      tracker,
      from: stored.checkpoint,
      durableUntil: stored.tick,
      replayUntil: stored.frontier,
      raiseFrontier: (read, raising) => this.#raiseFrontier(channel, read, raising),
    };
  }

  /** Saves what has become durable, now and then, until the signal aborts. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(SAVE_EVERY_MS, signal);
      await this.save(signal);
    }
  }

  /** Saves what has become durable. */
  async save(signal: AbortSignal): Promise<void> {
    const moved = [...this.#trackers].flatMap(([channel, { checkpoint, durableTick }]) => {
      const stored = this.#stored.get(channel);
      const isMoved = stored === undefined || checkpoint > stored.checkpoint || durableTick > stored.tick;
      return isMoved
        ? [{ channel, checkpoint, tick: durableTick, frontier: stored?.frontier ?? checkpoint }]
        : [];
    });
    if (moved.length > 0) await this.#save(moved, signal);
  }

  /** Beyond what is needed: a commit before each few records is most of what the metastore does in a backlog. */
  async #raiseFrontier(
    channel: ChannelName,
    read: readonly { readonly offset: bigint }[],
    signal: AbortSignal,
  ): Promise<void> {
    const stored = this.#stored.get(channel);
    const needed = (read.at(-1)?.offset ?? -1n) + 1n;
    if (stored === undefined || needed <= stored.frontier) return;
    await this.#save([{ ...stored, frontier: needed + BigInt(RESERVED_READS * read.length) }], signal);
  }

  /** Concurrent saves may end in any order; the metastore keeps the larger positions, and so does this. */
  async #save(progress: readonly ChannelProgress[], signal: AbortSignal): Promise<void> {
    await this.#retries.retry(
      "metastore",
      () => this.#metastore.saveProgress(this.#taskId, progress),
      signal,
    );
    for (const saved of progress) {
      const stored = this.#stored.get(saved.channel) ?? saved;
      this.#stored.set(saved.channel, {
        channel: saved.channel,
        checkpoint: max(stored.checkpoint, saved.checkpoint),
        tick: max(stored.tick, saved.tick),
        frontier: max(stored.frontier, saved.frontier),
      });
    }
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
