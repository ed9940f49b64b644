import type { ChannelName, HybridTs } from "./ids.js";

/**
 * How far a task has come in one channel.
 *
 * Records before `checkpoint` are durable on the target. Records from
 * `checkpoint` up to `frontier` may be there (the replay zone). Records from
 * `frontier` on were never sent.
 */
export interface ChannelProgress {
  readonly channel: ChannelName;
  /** Offset of the first record that may not be durable yet: where reading starts. */
  readonly checkpoint: bigint;
  /** Time tick up to which the target holds everything of this channel; 0 before the first. */
  readonly tick: HybridTs;
  /** Offset of the first record that was certainly never sent. */
  readonly frontier: bigint;
}
