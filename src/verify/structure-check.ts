import { sleep } from "../async/abort.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionName } from "../model/selection.js";
import { selectedStructure, withoutLoads, type CollectionStructure } from "../model/structure.js";
import type { SourceCollection } from "../source/source-catalogue.js";
import { patiently } from "./patiently.js";
import { structureDifferences, type StructureDifference } from "./structure-differences.js";
import type { VerifiedSide } from "./verified-side.js";

/** A task that runs looks at the structure every few seconds; what it makes equal takes its time. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;

export interface StructureParts {
  readonly source: VerifiedSide;
  readonly target: VerifiedSide;
  readonly names: { readonly source: CollectionName; readonly target: CollectionName };
  /** As the task remembers it; undefined when it has not met it yet. */
  readonly known: ReplicatedCollection | undefined;
  readonly onlyPartitions: PartitionFilter;
  /** How the target's schema and settings differ from the source's, both as described; in words. */
  readonly compareSchemas: (source: SourceCollection, target: SourceCollection) => readonly string[];
  readonly isRunning: boolean;
  readonly signal: AbortSignal;
}

/** Both sides as they were found; undefined where there is none. */
export interface StructureFound {
  readonly source: SourceCollection | undefined;
  readonly target: SourceCollection | undefined;
  /** Partitions whose rows can be read, on both sides. */
  readonly loaded: { readonly source: readonly string[]; readonly target: readonly string[] };
  readonly differences: readonly StructureDifference[];
  /** Differed at first, and do not any more. */
  readonly settled: number;
}

/** Compares everything of a collection but its rows. What a running task makes equal in time is no difference. */
export async function checkStructure(parts: StructureParts): Promise<StructureFound> {
  const startMs = performance.now();
  const first = await patiently(() => look(parts), parts.signal);
  let found = first;
  while (found.differences.length > 0 && parts.isRunning && performance.now() - startMs < PATIENCE_MS) {
    await sleep(LOOK_AGAIN_MS, parts.signal);
    found = await patiently(() => look(parts), parts.signal);
  }
  return { ...found, settled: Math.max(0, first.differences.length - found.differences.length) };
}

async function look(parts: StructureParts): Promise<Omit<StructureFound, "settled">> {
  const { names, known, onlyPartitions, compareSchemas, signal } = parts;
  const described = await parts.source.catalogue.describe(names.source, signal);
  // a name may be an alias, or have gone to another collection
  const source = described?.aliases.includes(names.source.name) === true ? undefined : described;
  const target = await parts.target.catalogue.describe(names.target, signal);
  const structureOf = async (
    { catalogue }: VerifiedSide,
    { id, name }: SourceCollection,
  ): Promise<CollectionStructure | undefined> => {
    const whole = await catalogue.structure(id, name, signal);
    return whole && selectedStructure(whole, onlyPartitions);
  };
  const a = source && (await structureOf(parts.source, source));
  const b = target && (await structureOf(parts.target, target));
  const loaded = { source: a?.loaded ?? [], target: b?.loaded ?? [] };
  const found = { source, target, loaded };
  if (a === undefined || source === undefined) {
    const isLeft = known !== undefined && b !== undefined;
    return { ...found, differences: isLeft ? [{ kind: "extra", object: "collection" }] : [] };
  }
  if (b === undefined || target === undefined)
    return { ...found, differences: [{ kind: "missing", object: "collection" }] };
  const schemas = compareSchemas(source, target).map(
    (detail) => ({ kind: "differing", object: "schema", detail }) as const,
  );
  const wanted: CollectionStructure = withoutLoads(a, known?.copy?.loadedPartitions ?? []);
  return { ...found, differences: [...schemas, ...structureDifferences(wanted, b, known?.structure)] };
}
