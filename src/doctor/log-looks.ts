import { sleep } from "../async/abort.js";
import type { ChannelRange, LogReader } from "../source/log-reader.js";
import { isReadable, OTHER_LOG_REMEDY } from "../source/readable-log.js";
import type { Look } from "./finding.js";

/** A log that is looked at. */
export interface ExaminedLog {
  readonly reader: Pick<LogReader, "ranges" | "record" | "retention">;
  readonly channelPrefix: string;
}

/** How long a tick is waited for; a source writes five in a second. */
const TICKS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 300;
/** With less, an outage of an afternoon means a new snapshot. */
const SHORT_RETENTION_MS = 24 * 3_600_000;

/** That its channels are there, are written to, may be read, and are kept for long enough. */
export function looksAtLog({ reader, channelPrefix }: ExaminedLog): readonly Look[] {
  return [
    async (signal) => {
      const { length } = await reader.ranges(signal);
      if (length > 0) return { level: "ok", text: `Kafka has ${length} topics of ${channelPrefix}` };
      return { level: "fault", text: `Kafka has no topic of ${channelPrefix}`, remedy: OTHER_LOG_REMEDY };
    },
    async (signal) => {
      if (await grows(reader, signal)) return { level: "ok", text: "the source writes into them" };
      return {
        level: "warning",
        text: `nothing was written into them for ${TICKS_WITHIN_MS / 1_000} s`,
        remedy: `A source that runs and has a collection writes all the time. ${OTHER_LOG_REMEDY}`,
      };
    },
    async (signal) => {
      const filled = (await reader.ranges(signal)).find(({ start, end }) => end > start);
      if (filled === undefined) return { level: "warning", text: "there is no record to read yet" };
      if ((await isReadable(reader, filled, signal)) === true)
        return { level: "ok", text: `a record of ${filled.channel} was read` };
      return { level: "warning", text: `the newest record of ${filled.channel} is gone already` };
    },
    async (signal) => retentionFound(await reader.retention(signal)),
  ];
}

async function grows(reader: ExaminedLog["reader"], signal: AbortSignal): Promise<boolean> {
  const ends = endsOf(await reader.ranges(signal));
  const deadline = performance.now() + TICKS_WITHIN_MS;
  while (performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS, signal);
    const later = endsOf(await reader.ranges(signal));
    if ([...later].some(([channel, end]) => end > (ends.get(channel) ?? 0n))) return true;
  }
  return false;
}

function endsOf(ranges: readonly ChannelRange[]): ReadonlyMap<string, bigint> {
  return new Map(ranges.map(({ channel, end }) => [channel, end]));
}

function retentionFound(retention: ReadonlyMap<string, number | undefined>): Awaited<ReturnType<Look>> {
  const known = [...retention.values()].filter((ms) => ms !== undefined);
  if (known.length === 0)
    return {
      level: "ok",
      text: "records are kept for ever, or this user may not see how long (DescribeConfigs)",
    };
  const shortestMs = Math.min(...known);
  const text = `records are kept for ${(shortestMs / 3_600_000).toFixed(1)} h`;
  if (shortestMs >= SHORT_RETENTION_MS) return { level: "ok", text };
  return {
    level: "warning",
    text,
    remedy: "A task that is stopped for longer needs a new snapshot; raise retention.ms of the topics.",
  };
}
