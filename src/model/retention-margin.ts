import { physicalMs, type HybridTs } from "./ids.js";

/** What a task still needs of one channel's log. */
export interface ChannelNeed {
  /** Up to which the target holds everything of the channel; 0 before the first tick, when the age is not known. */
  readonly tick: HybridTs;
  /** Nothing more is needed of what the log holds: the checkpoint is its end. */
  readonly isAtEnd: boolean;
  /** How long the log holds a record; undefined when for ever, or not known. */
  readonly retentionMs: number | undefined;
}

/**
 * How long the log will at least hold what the task needs, in ms: the smallest over its channels of retention minus age.
 * Below 0 when it may be gone at any moment; undefined when nothing can be said.
 *
 * A channel at its end does not count: one without collections has no ticks, and would seem to age while there is
 * nothing to lose. A limit of the log's size can take records earlier, which nobody can foresee. Kafka deletes whole
 * segments, so that records often live longer.
 */
export function retentionMarginMs(channels: Iterable<ChannelNeed>, nowMs: number): number | undefined {
  let smallest: number | undefined;
  for (const { tick, isAtEnd, retentionMs } of channels) {
    if (isAtEnd || tick === 0n || retentionMs === undefined) continue;
    const margin = retentionMs - (nowMs - physicalMs(tick));
    if (smallest === undefined || margin < smallest) smallest = margin;
  }
  return smallest;
}
