import type { ChannelName } from "../model/ids.js";

/** Without a tick, or without an answer, for this long something has stopped. */
const STALLED_AFTER_MS = 8_000;
/** The catalogue is looked at every three seconds, and answers at once. */
const UNANSWERED_AFTER_MS = 5_000;

/** A collection that changes should flow through, and since when none of its shards' ticks was passed. */
export interface StillLane {
  readonly name: string;
  /** The shard that has stood for longest. */
  readonly channel: ChannelName;
  readonly sinceMs: number;
}

export interface StallSigns {
  readonly lanes: readonly StillLane[];
  /** When a tick was last read in a channel, or reading began. */
  readonly tickAtMs: (channel: ChannelName) => number;
  readonly lastWriteAtMs: number;
  /** Since when the source owes an answer to a look at its catalogue. */
  readonly lookingSinceMs: number | undefined;
}

/** What has come to a stand although it should move, and nobody reports an error; in sentences. */
export function stalls(signs: StallSigns, nowMs: number): readonly string[] {
  const { lanes, tickAtMs, lastWriteAtMs, lookingSinceMs } = signs;
  const found = new Set<string>();
  if (lookingSinceMs !== undefined && nowMs - lookingSinceMs > UNANSWERED_AFTER_MS)
    found.add(
      `the source has not answered for ${seconds(nowMs - lookingSinceMs)} s; check that its Milvus runs`,
    );
  for (const { name, channel, sinceMs } of lanes) {
    if (nowMs - sinceMs <= STALLED_AFTER_MS) continue;
    const silentMs = nowMs - tickAtMs(channel);
    if (silentMs > STALLED_AFTER_MS)
      found.add(
        `no time tick has come in ${channel} for ${seconds(silentMs)} s, where the source writes one every 0.2 s; check that source and Kafka run`,
      );
    else if (nowMs - lastWriteAtMs > STALLED_AFTER_MS)
      found.add(`nothing of ${name} was taken by the target for ${seconds(nowMs - sinceMs)} s`);
  }
  return [...found].slice(0, MAX_SHOWN);
}

/** With hundreds of collections, the first ones say it all. */
const MAX_SHOWN = 5;

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
