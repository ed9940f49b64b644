import { untilAborted } from "../async/abort.js";
import type { ChannelName, HybridTs } from "../model/ids.js";

interface Waiter {
  readonly ts: HybridTs;
  readonly resolve: () => void;
}

/** Up to which tick each shard of a collection is durable. */
export class ShardClock {
  readonly #passed: Map<ChannelName, HybridTs>;
  /** When each shard last passed a tick; at first, when the clock was made. */
  readonly #movedAtMs: Map<ChannelName, number>;
  #waiters: Waiter[] = [];

  constructor(channels: readonly ChannelName[]) {
    this.#passed = new Map(channels.map((channel) => [channel, 0n]));
    this.#movedAtMs = new Map(channels.map((channel) => [channel, Date.now()]));
  }

  /** What all shards have passed; 0 before the first tick. */
  get low(): HybridTs {
    return [...this.#passed.values()].reduce((low, ts) => (ts < low ? ts : low));
  }

  /** What some shard has passed; 0 before the first tick. */
  get high(): HybridTs {
    return [...this.#passed.values()].reduce((high, ts) => (ts > high ? ts : high));
  }

  /** The shard that has passed no tick for longest, and since when. */
  get slowest(): { readonly channel: ChannelName; readonly sinceMs: number } | undefined {
    const [first] = [...this.#movedAtMs].sort(([, a], [, b]) => a - b);
    return first && { channel: first[0], sinceMs: first[1] };
  }

  passed(channel: ChannelName, ts: HybridTs): void {
    this.#passed.set(channel, ts);
    this.#movedAtMs.set(channel, Date.now());
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
