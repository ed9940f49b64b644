import { inParallel } from "../async/in-parallel.js";
import { CdcError } from "../model/errors.js";
import { physicalMs, type ChannelName, type HybridTs } from "../model/ids.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import type { ChannelProgress } from "../model/position.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { copyAgain, DROP_FIRST, NEW_COPY } from "../model/row-copy.js";
import { isSameName, isSelected, type CollectionName } from "../model/selection.js";
import type { TaskSpec } from "../model/task.js";
import type { ChannelRange, LogReader } from "../source/log-reader.js";
import type { Listing, SourceCatalogue, SourceCollection } from "../source/source-catalogue.js";
import { endedImports, type ImportIds } from "./bulk-imports.js";
import { newCollection } from "./new-collection.js";

/** What a task begins with. */
export interface TaskPlan {
  readonly startTs: HybridTs;
  readonly progress: readonly ChannelProgress[];
  /** Collections that begin in another way than the task. */
  readonly collections: readonly ReplicatedCollection[];
  readonly listing: Listing;
  /** Bulk imports that had ended. */
  readonly imports: ImportIds;
}

/** A record's time in Kafka is that of its broker or producer, whose clocks differ from the source's. */
const CLOCK_MARGIN_MS = 10_000;
const LOOKUPS_AT_ONCE = 8;

/**
 * Decides where in the log a task begins. The ends of the log (`ranges`) were
 * noted before the time: what is later than the time is behind them.
 *
 * @throws CdcError LOG_UNAVAILABLE, SOURCE_UNAVAILABLE; INVALID_ARGUMENT for a time that the log no longer holds
 */
export async function planTask(
  spec: TaskSpec,
  ranges: readonly ChannelRange[],
  reader: LogReader,
  catalogue: SourceCatalogue,
  signal: AbortSignal,
): Promise<TaskPlan> {
  // before the time: nothing of the log up to it is applied to what a copy finds
  const imports = await endedImports(catalogue, signal);
  const startTs = await catalogue.now(signal);
  const starts = await startOffsets(spec, ranges, reader, signal);
  const listing = await catalogue.list(signal);
  const scope = { spec, startTs, ranges, listing, imports };
  const fromLog = spec.start.kind === "snapshot" ? await wholeInLog(scope, reader, catalogue, signal) : [];
  const imported = await importedBefore(scope, catalogue, signal);
  for (const { starts: own } of fromLog)
    for (const [channel, start] of own) starts.set(channel, min(starts.get(channel) ?? start, start));
  return {
    startTs,
    progress: [...starts].map(([channel, start]) => ({
      channel,
      checkpoint: start,
      tick: 0n,
      frontier: start,
    })),
    collections: [
      ...fromLog.map(({ collection }) => collection),
      ...imported.filter(({ id }) => !fromLog.some(({ collection }) => collection.id === id)),
    ],
    listing,
    imports,
  };
}

/** The collections of a task that begins anew, over what the target has of them. */
export function replacedCollections(
  known: readonly ReplicatedCollection[],
  plan: Omit<TaskPlan, "progress">,
): ReplicatedCollection[] {
  const { startTs, collections, listing, imports } = plan;
  const others = known.filter(({ id }) => listing.collections.has(id));
  return [
    ...collections.filter(({ id }) => !others.some((other) => other.id === id)),
    ...others.map((other) => {
      if (isToldAgain(other, plan)) return untold(other);
      return {
        ...other,
        barrierTs: startTs,
        copy: copyAgain(other.copy, true),
        imports: imports.get(other.id) ?? new Set<bigint>(),
      };
    }),
  ];
}

/**
 * One whose life is told by the log from its beginning. The log does not tell of rows that only the
 * target has, so its collection there is dropped: by its lane, since what is dropped before the new
 * beginning is remembered would be missing if the task went on as before.
 */
function untold(collection: ReplicatedCollection): ReplicatedCollection {
  const isOnTarget = collection.isMerged !== undefined;
  return {
    ...collection,
    barrierTs: 0n,
    partitions: new Map(),
    copy: isOnTarget ? DROP_FIRST : undefined,
    structure: undefined,
  };
}

/** Whether the log tells all of its life once more, and it can be dropped; the log does not tell of imports. */
function isToldAgain(
  { id, imports, onlyPartitions }: ReplicatedCollection,
  { collections }: Pick<TaskPlan, "collections">,
): boolean {
  if (onlyPartitions !== undefined) return false;
  return imports.size === 0 && collections.some((other) => other.id === id && other.copy === undefined);
}

/** What the target has of known collections that are gone. */
export function goneTargets(
  known: readonly ReplicatedCollection[],
  { collections }: Listing,
): readonly GoneTarget[] {
  // who was never opened waits for its name, and another one has it
  const taken = targetsOf(known.filter(({ id, isMerged }) => collections.has(id) && isMerged !== undefined));
  const gone = targetsOf(known.filter(({ id }) => !collections.has(id)));
  return gone.filter(({ name }) => !taken.some((other) => isSameName(other.name, name)));
}

export interface GoneTarget {
  readonly name: CollectionName;
  readonly onlyPartitions: PartitionFilter;
}

function targetsOf(some: readonly ReplicatedCollection[]): GoneTarget[] {
  return some.flatMap(({ target, formerTarget, onlyPartitions }) =>
    [target, ...(formerTarget === undefined ? [] : [formerTarget])].map((name) => ({ name, onlyPartitions })),
  );
}

async function startOffsets(
  { start }: TaskSpec,
  ranges: readonly ChannelRange[],
  reader: LogReader,
  signal: AbortSignal,
): Promise<Map<ChannelName, bigint>> {
  if (start.kind === "earliest") return new Map(ranges.map((range) => [range.channel, range.start]));
  if (start.kind !== "time") return new Map(ranges.map((range) => [range.channel, range.end]));
  const offsets = await reader.offsetsAt(start.ms - CLOCK_MARGIN_MS, signal);
  const found = ranges.map((range) => ({ range, offset: offsets.get(range.channel) ?? range.start }));
  const gone = found.filter(({ range, offset }) => !isHeld(range, offset));
  if (gone.length > 0)
    throw expired(
      gone.map(({ range }) => range.channel),
      start.ms,
    );
  return new Map(found.map(({ range, offset }) => [range.channel, offset]));
}

interface Scope {
  readonly spec: TaskSpec;
  readonly startTs: HybridTs;
  readonly ranges: readonly ChannelRange[];
  readonly listing: Listing;
  readonly imports: ImportIds;
}

/** Collections whose imports of before need no copy of their own: the task copies all rows, or none of before. */
async function importedBefore(
  { spec, startTs, listing, imports }: Scope,
  catalogue: SourceCatalogue,
  signal: AbortSignal,
): Promise<readonly ReplicatedCollection[]> {
  const { kind } = spec.start;
  if (kind !== "snapshot" && kind !== "latest") return [];
  const copied = kind === "snapshot" && { barrierTs: startTs, copy: NEW_COPY };
  const found: ReplicatedCollection[] = [];
  await inParallel([...imports], LOOKUPS_AT_ONCE, async ([id, own]) => {
    const name = listing.collections.get(id);
    if (name === undefined || !isSelected(spec, name)) return;
    const collection = await catalogue.describe(name, signal);
    if (collection?.id === id) found.push({ ...newCollection(spec, collection), ...copied, imports: own });
  });
  return found;
}

interface FromLog {
  readonly collection: ReplicatedCollection;
  readonly starts: ReadonlyMap<ChannelName, bigint>;
}

/** Collections that cannot be read because they are not loaded, and whose whole life is in the log. */
async function wholeInLog(
  { spec, startTs, ranges, listing }: Scope,
  reader: LogReader,
  catalogue: SourceCatalogue,
  signal: AbortSignal,
): Promise<readonly FromLog[]> {
  const loaded = await catalogue.loaded(signal);
  const unloaded = [...listing.collections].filter(([id, name]) => !loaded.has(id) && isSelected(spec, name));
  const found: FromLog[] = [];
  await inParallel(unloaded, LOOKUPS_AT_ONCE, async ([id, name]) => {
    const collection = await catalogue.describe(name, signal);
    if (collection?.id !== id || collection.createdTs > startTs) return;
    const starts = await lifeInLog(collection, ranges, reader, signal);
    if (starts !== undefined) found.push({ collection: newCollection(spec, collection), starts });
  });
  return found;
}

/** Where the life of a collection begins in its channels; undefined when the log does not hold all of it. */
async function lifeInLog(
  { channels, createdTs }: SourceCollection,
  ranges: readonly ChannelRange[],
  reader: LogReader,
  signal: AbortSignal,
): Promise<ReadonlyMap<ChannelName, bigint> | undefined> {
  const offsets = await reader.offsetsAt(physicalMs(createdTs) - CLOCK_MARGIN_MS, signal);
  const starts = new Map<ChannelName, bigint>();
  for (const channel of channels) {
    const range = ranges.find((one) => one.channel === channel);
    const offset = offsets.get(channel);
    if (range === undefined || offset === undefined || !isHeld(range, offset)) return undefined;
    starts.set(channel, offset);
  }
  return starts;
}

/** A log that begins with the record in question may have held earlier ones of that time, unless it never lost any. */
function isHeld({ start }: ChannelRange, offset: bigint): boolean {
  return offset > start || start === 0n;
}

function expired(channels: readonly ChannelName[], ms: number): CdcError {
  const time = new Date(ms).toISOString();
  return new CdcError(
    "INVALID_ARGUMENT",
    `the log no longer holds what was written at ${time} (${channels.join(", ")}); start with snapshot or earliest`,
    {
      field: "start_position",
    },
  );
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
