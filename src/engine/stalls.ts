import type { ChannelName } from "../model/ids.js";
import type { StillShard } from "./shard-clock.js";

/** Without a tick, or without an answer, for this long something has stopped. */
const STALLED_AFTER_MS = 8_000;
/** With hundreds of collections, the first ones say it all. */
const MAX_SHOWN = 5;

/** A collection that changes should flow through, and the shard of it that has stood for longest. */
export interface StillLane extends StillShard {
  readonly name: string;
}

export interface StallSigns {
  readonly lanes: readonly StillLane[];
  /** When a tick was last read in a channel, or could not be read for a reason of our own. */
  readonly tickAtMs: (channel: ChannelName) => number;
  /** The collection that holds as much of a channel as it may, so that the channel is not read meanwhile. */
  readonly holderOf: (channel: ChannelName) => string | undefined;
  readonly lastWriteAtMs: number;
}

/** What has come to a stand although it should move, and nobody reports an error; in sentences. */
export function stalls(signs: StallSigns, nowMs: number): readonly string[] {
  const found = new Set<string>();
  for (const lane of signs.lanes) {
    const isStill = nowMs - lane.sinceMs > STALLED_AFTER_MS;
    const cause = isStill ? causeOf(lane, signs, nowMs) : undefined;
    if (cause !== undefined) found.add(cause);
  }
  return [...found].slice(0, MAX_SHOWN);
}

/** Undefined when nothing is wrong: others of the target's requests come first. */
function causeOf(
  { name, channel, sinceMs }: StillLane,
  signs: StallSigns,
  nowMs: number,
): string | undefined {
  const silentMs = nowMs - signs.tickAtMs(channel);
  if (silentMs > STALLED_AFTER_MS)
    return `no time tick has come in ${channel} for ${seconds(silentMs)} s, where the source writes one every 0.2 s; check that source and Kafka run`;
  if (nowMs - signs.lastWriteAtMs <= STALLED_AFTER_MS) return undefined;
  const holder = signs.holderOf(channel);
  // what waits behind another collection must not be taken for the cause
  if (holder !== undefined && holder !== name)
    return `${channel} is not read on, since ${holder} holds as much as it may; see that collection`;
  return `nothing of ${name} was taken by the target for ${seconds(nowMs - sinceMs)} s`;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
