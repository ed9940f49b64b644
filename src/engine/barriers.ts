import type { ChannelName, HybridTs } from "../model/ids.js";
import { untilAborted } from "../async/abort.js";

interface Meeting {
  readonly arrived: Set<ChannelName>;
  readonly carryOut: () => Promise<void>;
  readonly done: Promise<void>;
  readonly settle: (action: Promise<void>) => void;
}

/**
 * Lets the shards of a collection meet. A drop is logged once in each channel;
 * it is carried out when every shard has come to its copy, and all go on then.
 * A shard that is past the time of the drop has no copy any more: a task that
 * began in the middle of a drop sees some of the copies only.
 */
export class Barriers {
  readonly #passed: Map<ChannelName, HybridTs>;
  readonly #meetings = new Map<HybridTs, Meeting>();

  constructor(channels: readonly ChannelName[]) {
    this.#passed = new Map(channels.map((channel) => [channel, 0n]));
  }

  /** Waits for the other shards, and for the action, which is carried out once. */
  async meet(
    ts: HybridTs,
    channel: ChannelName,
    carryOut: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const meeting = this.#meetings.get(ts) ?? this.#open(ts, carryOut);
    meeting.arrived.add(channel);
    this.#check();
    await untilAborted(meeting.done, signal);
  }

  /** A shard has passed a tick. */
  passed(channel: ChannelName, tick: HybridTs): void {
    this.#passed.set(channel, tick);
    this.#check();
  }

  #check(): void {
    for (const [ts, { arrived, carryOut, settle }] of this.#meetings) {
      if ([...this.#passed].every(([channel, tick]) => arrived.has(channel) || tick >= ts)) {
        this.#meetings.delete(ts);
        settle(carryOut());
      }
    }
  }

  #open(ts: HybridTs, carryOut: () => Promise<void>): Meeting {
    let settle: (action: Promise<void>) => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    // every shard hears of a failure by its own wait; nobody may be waiting any more when a task stops
    done.catch(() => undefined);
    const meeting: Meeting = { arrived: new Set(), carryOut, done, settle };
    this.#meetings.set(ts, meeting);
    return meeting;
  }
}
