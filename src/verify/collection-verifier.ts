import { inParallel } from "../async/in-parallel.js";
import type { PrimaryKeys } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { HybridTs } from "../model/ids.js";
import type { Key, KeySpan } from "../model/key-span.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { VerifyOptions } from "../model/verification.js";
import type { RowCollection, SourcePartition } from "../source/row-source.js";
import type { SourceCollection } from "../source/source-catalogue.js";
import { checkCounts } from "./count-check.js";
import { PartitionComparison, type PartitionPair } from "./partition-comparison.js";
import { maxDifferingShare, sampleRanges } from "./sample-ranges.js";
import { SideReader } from "./side-reader.js";
import { splitKeys } from "./split-keys.js";
import { checkStructure, type StructureFound, type StructureParts } from "./structure-check.js";
import type { Tally } from "./tally.js";
import type { Throttle } from "./throttle.js";
import type { RepairCounts, VerifiedTask } from "../model/verified-task.js";

const SAMPLE_RANGES = 100;
const SAMPLE_RANGE_ROWS = 500;
/** Ranges of keys that are compared side by side: one reader alone waits for each answer before it asks again. */
const READERS = 3;
/** Into which a large partition is split, so that uneven ones keep nobody waiting for long. */
const PARTS = 4 * READERS;
/** With fewer rows, finding where to split takes longer than it saves. */
const MIN_SPLIT_ROWS = 100_000;
/** The whole of a collection whose partitions have no names for its users. */
const WHOLE: KeySpan = { after: undefined, upTo: undefined };

export interface CollectionParts extends Omit<StructureParts, "isRunning"> {
  readonly task: VerifiedTask;
  readonly known: ReplicatedCollection | undefined;
  readonly options: VerifyOptions;
  readonly throttles: { readonly source: Throttle; readonly target: Throttle };
  readonly tally: Tally;
  readonly onProgress: () => void;
}

/** Compares one collection on both sides: its structure, and its rows as closely as the level says. */
export class CollectionVerifier {
  readonly #parts: CollectionParts;

  constructor(parts: CollectionParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { tally, task, signal } = this.#parts;
    try {
      const found = await checkStructure({ ...this.#parts, isRunning: task.isRunning });
      for (const { kind, object, detail } of found.differences)
        tally.other("structure", { kind, object, detail });
      tally.add("settled", found.settled);
      if (found.source !== undefined && found.target !== undefined)
        await this.#compareRows(found, found.source, found.target);
    } catch (error) {
      signal.throwIfAborted();
      const known = CdcError.from(error);
      if (!["SOURCE_NOT_LOADED", "TASK_STATE_CONFLICT", "RECORD_UNREADABLE"].includes(known.code))
        throw known;
      tally.problem(known.message);
    }
  }

  async #compareRows(
    { loaded }: StructureFound,
    source: SourceCollection,
    target: SourceCollection,
  ): Promise<void> {
    const { tally, known, names, onlyPartitions } = this.#parts;
    if (onlyPartitions !== undefined && this.#parts.source.rows.hasPartitionKey(source)) {
      tally.problem("it has a partition key, so some of its partitions cannot be selected");
      return;
    }
    if (known?.copy?.isDone === false) {
      tally.problem("its existing rows are still being copied, so no rows were compared");
      return;
    }
    const here = this.#reader("source", {
      id: source.id,
      name: names.source,
      description: source.description,
      onlyPartitions,
    });
    const there = this.#reader("target", {
      id: target.id,
      name: names.target,
      description: target.description,
      onlyPartitions,
    });
    for (const pair of pairs(await here.partitions(), await there.partitions())) {
      const side = unloadedSide(pair, loaded);
      if (side === undefined) await this.#comparePartition(pair, source, here, there);
      else tally.problem(`rows of ${placeOf(pair)} were not compared: the ${side} has not loaded it`);
    }
  }

  async #comparePartition(
    partition: PartitionPair,
    { id }: SourceCollection,
    source: SideReader,
    target: SideReader,
  ): Promise<void> {
    const { task, tally, options, onProgress, signal } = this.#parts;
    const passed = (ts: HybridTs): Promise<void> => task.passed(id, ts, signal);
    const sides = { partition, source, target, passed };
    if (options.level === "counts") {
      const { source: here, target: there, isEqual } = await checkCounts(sides);
      tally.add("sourceRows", here);
      tally.add("targetRows", there);
      const detail = `${here} at the source, ${there} at the target`;
      if (isEqual === undefined)
        tally.problem(`rows of ${placeOf(partition)} were written all the time: ${detail}`);
      else if (!isEqual)
        tally.other("counts", { kind: "differing", partition: partition.name, object: "row count", detail });
      return;
    }
    const repairRows = (keys: readonly Key[]): Promise<RepairCounts> =>
      task.repair(id, partition.name, keys as PrimaryKeys, signal);
    const isDryRun = options.repair && options.dryRun;
    const repair = options.repair ? repairRows : undefined;
    const spans = await this.#spans(partition, source);
    const newComparison = (): PartitionComparison =>
      new PartitionComparison({ ...sides, tally, onProgress, repair, isDryRun });
    // repairs wait for each other anyway
    await compareSpans(spans, repair === undefined || isDryRun ? READERS : 1, newComparison);
  }

  async #spans({ source: partition }: PartitionPair, reader: SideReader): Promise<readonly KeySpan[]> {
    const { level, sampleRanges: ranges = SAMPLE_RANGES } = this.#parts.options;
    if (partition === undefined) return [WHOLE];
    const { hasTextKeys } = reader;
    const count = (key: Key | undefined): Promise<number> =>
      reader.countRange(partition, { after: undefined, upTo: key });
    const total = await count(undefined);
    const rangeRows = SAMPLE_RANGE_ROWS;
    // what is no larger than the sample is compared as a whole
    if (level === "full" ? total < MIN_SPLIT_ROWS : total <= ranges * rangeRows) return [WHOLE];
    const smallest = hasTextKeys ? undefined : await reader.smallestKey(partition);
    const keys = { total, hasTextKeys, smallest };
    if (level === "full") return splitKeys(count, { ...keys, parts: PARTS });
    const { tally } = this.#parts;
    tally.maxDifferingShare = Math.max(tally.maxDifferingShare ?? 0, maxDifferingShare(ranges));
    return sampleRanges(count, { ...keys, ranges, rangeRows, random: Math.random });
  }

  #reader(side: "source" | "target", collection: RowCollection): SideReader {
    return new SideReader(this.#parts[side], collection, this.#parts.throttles[side], this.#parts.signal);
  }
}

/** What still seems to differ is looked at in the end, one comparison after the other. */
async function compareSpans(
  spans: readonly KeySpan[],
  readers: number,
  newComparison: () => PartitionComparison,
): Promise<void> {
  const comparisons = Array.from({ length: Math.min(readers, spans.length) }, newComparison);
  const left = [...spans];
  await inParallel(comparisons, readers, async (comparison) => {
    try {
      await comparison.compare(() => left.shift());
    } catch (error) {
      left.length = 0; // the others need not go on
      throw error;
    }
  });
  for (const comparison of comparisons) await comparison.finish();
}

function pairs(source: readonly SourcePartition[], target: readonly SourcePartition[]): PartitionPair[] {
  const names = new Set([...source, ...target].map(({ name }) => name));
  const find = (list: readonly SourcePartition[], name: string): SourcePartition | undefined =>
    list.find((partition) => partition.name === name);
  return [...names].map((name) => ({ name, source: find(source, name), target: find(target, name) }));
}

/** Which side cannot be read. The empty name is the whole of a collection. */
function unloadedSide(
  { name, source, target }: PartitionPair,
  loaded: StructureFound["loaded"],
): "source" | "target" | undefined {
  const isLoaded = (list: readonly string[]): boolean =>
    name === "" ? list.length > 0 : list.includes(name);
  if (source !== undefined && !isLoaded(loaded.source)) return "source";
  if (target !== undefined && !isLoaded(loaded.target)) return "target";
  return undefined;
}

function placeOf({ name }: PartitionPair): string {
  return name === "" ? "the collection" : `partition ${name}`;
}
