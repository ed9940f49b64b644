import { untilAborted } from "../async/abort.js";
import type { ChannelName, HybridTs } from "../model/ids.js";

interface Waiter {
  readonly ts: HybridTs;
  readonly resolve: () => void;
}

/** A shard, and since when it has passed no tick. */
export interface StillShard {
  readonly channel: ChannelName;
  readonly sinceMs: number;
}

/** Up to which tick each shard of a collection is durable. */
export class ShardClock {
  readonly #passed: Map<ChannelName, HybridTs>;
  /** When each shard last passed a tick; at first, when ticks began to be due. */
  readonly #movedAtMs = new Map<ChannelName, number>();
  #waiters: Waiter[] = [];

  constructor(channels: readonly ChannelName[]) {
    this.#passed = new Map(channels.map((channel) => [channel, 0n]));
  }

  /** What all shards have passed; 0 before the first tick. */
  get low(): HybridTs {
    return [...this.#passed.values()].reduce((low, ts) => (ts < low ? ts : low));
  }

  /** What some shard has passed; 0 before the first tick. */
  get high(): HybridTs {
    return [...this.#passed.values()].reduce((high, ts) => (ts > high ? ts : high));
  }

  /** From now on, ticks are due. */
  start(): void {
    for (const channel of this.#passed.keys()) this.#movedAtMs.set(channel, performance.now());
  }

  /** The shard that has passed no tick for longest; undefined while none is due. */
  get slowest(): StillShard | undefined {
    const [first] = [...this.#movedAtMs].sort(([, a], [, b]) => a - b);
    return first && { channel: first[0], sinceMs: first[1] };
  }

  passed(channel: ChannelName, ts: HybridTs): void {
    this.#passed.set(channel, ts);
    this.#movedAtMs.set(channel, performance.now());
    if (this.#waiters.length === 0) return;
    const low = this.low;
    for (const { ts: awaited, resolve } of this.#waiters) if (awaited <= low) resolve();
    this.#waiters = this.#waiters.filter((waiter) => waiter.ts > low);
  }

  /** Resolves when all shards have passed `ts`. */
  async reached(ts: HybridTs, signal: AbortSignal): Promise<void> {
    if (this.low >= ts) return;
    const reached = new Promise<void>((resolve) => {
      this.#waiters.push({ ts, resolve });
    });
    await untilAborted(reached, signal);
  }
}
