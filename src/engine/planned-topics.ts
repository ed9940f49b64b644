import { inParallel } from "../async/in-parallel.js";
import { CdcError } from "../model/errors.js";
import type { ChannelName } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";
import { fullName, type CollectionName } from "../model/selection.js";
import type { ChannelRange, LogReader } from "../source/log-reader.js";
import { isReadable, OTHER_LOG_REMEDY } from "../source/readable-log.js";

const READS_AT_ONCE = 4;

/** A topic that a task would read. */
export interface PlannedTopic {
  readonly channel: ChannelName;
  /** False for one that is to come: Kafka has it with its first record. */
  readonly isThere: boolean;
  /** The oldest record that is held; beyond 0, Kafka has let go of older ones. */
  readonly firstOffset: bigint | undefined;
  /** Where the task would begin. */
  readonly startOffset: bigint | undefined;
  /** What would keep the task from reading it, and what to do about it. */
  readonly problem: string | undefined;
}

/** The log of a source, as a plan looks at it. */
export interface PlannedLog {
  readonly reader: Pick<LogReader, "ranges" | "record">;
  /** Carries the source's requests, and comes with the first of them. */
  readonly requestChannel: ChannelName;
}

/** Who writes into which topics. */
interface Writer {
  readonly source: CollectionName;
  readonly channels: readonly ChannelName[];
}

/**
 * All topics that there are, since later collections go to any of them, and those that are missing.
 *
 * @throws CdcError LOG_UNAVAILABLE
 */
export async function planTopics(
  { reader, requestChannel }: PlannedLog,
  progress: readonly ChannelProgress[],
  writers: readonly Writer[],
  signal: AbortSignal,
): Promise<readonly PlannedTopic[]> {
  const starts = new Map(progress.map(({ channel, checkpoint }) => [channel, checkpoint]));
  const planned = new Map<ChannelName, PlannedTopic>();
  await inParallel(await reader.ranges(signal), READS_AT_ONCE, async (range) => {
    const { channel, start: firstOffset, end } = range;
    const startOffset = starts.get(channel) ?? end;
    const problem = await whyUnreadable(reader, range, signal);
    planned.set(channel, { channel, isThere: true, firstOffset, startOffset, problem });
  });
  for (const { source, channels } of writers)
    for (const channel of channels)
      if (!planned.has(channel)) planned.set(channel, missing(channel, missingOf(channel, source)));
  if (!planned.has(requestChannel)) planned.set(requestChannel, missing(requestChannel));
  return [...planned.values()].sort((a, b) => (a.channel < b.channel ? -1 : 1));
}

async function whyUnreadable(
  reader: PlannedLog["reader"],
  range: ChannelRange,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await isReadable(reader, range, signal);
    return undefined;
  } catch (error) {
    const { code, explanation } = CdcError.from(error);
    if (code !== "LOG_UNAUTHORIZED") throw error;
    return `${range.channel} cannot be read: ${explanation}`;
  }
}

function missing(channel: ChannelName, problem?: string): PlannedTopic {
  return { channel, isThere: false, firstOffset: undefined, startOffset: undefined, problem };
}

function missingOf(channel: ChannelName, source: CollectionName): string {
  return `the source writes ${fullName(source)} into ${channel}, which is not among the topics that Kafka shows. ${OTHER_LOG_REMEDY}`;
}
