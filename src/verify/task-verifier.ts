import type { CollectionId } from "../model/ids.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionName } from "../model/selection.js";
import type { VerifyOptions, VerifyResult, VerifyUpdate } from "../model/verification.js";
import type { SourceCollection } from "../source/source-catalogue.js";
import { CollectionVerifier } from "./collection-verifier.js";
import { patiently } from "./patiently.js";
import { Listing, Tally } from "./tally.js";
import { Throttle } from "./throttle.js";
import type { VerifiedSide } from "./verified-side.js";
import type { VerifiedTask } from "../model/verified-task.js";

export interface VerifierParts {
  readonly task: VerifiedTask;
  readonly source: VerifiedSide;
  readonly target: VerifiedSide;
  readonly compareSchemas: (source: SourceCollection, target: SourceCollection) => readonly string[];
}

const PROGRESS_EVERY_MS = 1_000;

interface Selected {
  readonly names: { readonly source: CollectionName; readonly target: CollectionName };
  readonly known: ReplicatedCollection | undefined;
  readonly onlyPartitions: PartitionFilter;
}

/** Compares all that a task replicates, one collection after the other; tells what it finds as it finds it. */
export async function verifyTask(
  parts: VerifierParts,
  options: VerifyOptions,
  emit: (update: VerifyUpdate) => void,
  signal: AbortSignal,
): Promise<void> {
  const listing = new Listing(emit);
  const throttles = {
    source: new Throttle(options.maxRowsPerSecond),
    target: new Throttle(options.maxRowsPerSecond),
  };
  const selected = await selectedCollections(parts, signal);
  const tallies: Tally[] = [];
  for (const { names, known, onlyPartitions } of selected) {
    const tally = new Tally(names, listing);
    tallies.push(tally);
    const onProgress = progressTeller(tallies, selected.length, emit);
    await new CollectionVerifier({
      ...parts,
      names,
      known,
      onlyPartitions,
      options,
      throttles,
      tally,
      onProgress,
      signal,
    }).run();
  }
  emit({ kind: "result", result: resultOf(tallies, options) });
}

/** What the source has now, and what the task remembers of what it had. */
async function selectedCollections(
  { task, source }: VerifierParts,
  signal: AbortSignal,
): Promise<readonly Selected[]> {
  const { collections: listed } = await patiently(() => source.catalogue.list(signal), signal);
  const known = new Map(
    (await task.collections()).map((one): [CollectionId, ReplicatedCollection] => [one.id, one]),
  );
  const gone = [...known.values()].filter(({ id }) => !listed.has(id));
  const present = [...listed].filter(([id, name]) => known.has(id) || task.isSelected(name));
  const names = present.map(([id, name]): Selected => {
    const found = known.get(id);
    // the task follows a rename, and may not have done so yet
    const onlyPartitions = found === undefined ? task.partitionsOf(name) : found.onlyPartitions;
    return {
      names: { source: name, target: found?.target ?? task.targetOf(name) },
      known: found,
      onlyPartitions,
    };
  });
  const isUsed = (target: CollectionName): boolean =>
    names.some(
      (one) => one.names.target.database === target.database && one.names.target.name === target.name,
    );
  return [
    ...names,
    ...gone
      .filter(({ target }) => !isUsed(target))
      .map((one): Selected => {
        const { source: from, target, onlyPartitions } = one;
        return { names: { source: from, target }, known: one, onlyPartitions };
      }),
  ];
}

function progressTeller(
  tallies: readonly Tally[],
  collectionsTotal: number,
  emit: (update: VerifyUpdate) => void,
): () => void {
  let toldAtMs = -Infinity;
  return () => {
    const now = performance.now();
    const collection = tallies.at(-1)?.result.source;
    if (now - toldAtMs < PROGRESS_EVERY_MS || collection === undefined) return;
    toldAtMs = now;
    const sum = (of: (tally: Tally) => bigint): bigint => tallies.reduce((all, one) => all + of(one), 0n);
    const progress = {
      collection,
      collectionsDone: tallies.length - 1,
      collectionsTotal,
      comparedRows: sum((tally) => tally.result.comparedRows),
      differences: sum((tally) => tally.differences),
    };
    emit({ kind: "progress", progress });
  };
}

function resultOf(tallies: readonly Tally[], { level, repair, dryRun }: VerifyOptions): VerifyResult {
  const collections = tallies.map(({ result }) => result);
  const isRepaired = repair && !dryRun && collections.some(({ copied, deleted }) => copied + deleted > 0n);
  return {
    isEqual: tallies.every(({ differences }) => differences === 0n),
    isComplete: collections.every(({ problems, restless }) => problems.length === 0 && restless === 0n),
    level,
    collections,
    isRepaired,
  };
}
