import type { ChannelName } from "../model/ids.js";
import { untilAborted } from "../async/abort.js";

interface Meeting {
  readonly arrived: Set<ChannelName>;
  readonly done: Promise<void>;
  readonly settle: (action: Promise<void>) => void;
}

/**
 * Lets the shards of a collection meet. A drop is logged once in each channel;
 * it is carried out when every shard has come to its copy, and all go on then.
 */
export class Barriers {
  readonly #channels: ReadonlySet<ChannelName>;
  readonly #meetings = new Map<string, Meeting>();

  constructor(channels: readonly ChannelName[]) {
    this.#channels = new Set(channels);
  }

  /** Waits for the other shards; the last one to arrive carries out the action. */
  async meet(key: string, channel: ChannelName, action: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const meeting = this.#meetings.get(key) ?? this.#open(key);
    meeting.arrived.add(channel);
    if ([...this.#channels].every((other) => meeting.arrived.has(other))) {
      this.#meetings.delete(key);
      meeting.settle(action());
    }
    await untilAborted(meeting.done, signal);
  }

  #open(key: string): Meeting {
    let settle: (action: Promise<void>) => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    // every shard hears of a failure by its own wait; nobody may be waiting any more when a task stops
    done.catch(() => undefined);
    const meeting: Meeting = { arrived: new Set(), done, settle };
    this.#meetings.set(key, meeting);
    return meeting;
  }
}
