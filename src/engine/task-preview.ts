import { inParallel } from "../async/in-parallel.js";
import { CdcError } from "../model/errors.js";
import { byTargetName } from "../model/name-collisions.js";
import { mapCollection } from "../model/name-mapping.js";
import { fullName, isSameName, isSelected, partitionsOf, type CollectionName } from "../model/selection.js";
import type { TaskSpec } from "../model/task.js";
import type { RowSource } from "../source/row-source.js";
import type { SourceCatalogue, SourceCollection } from "../source/source-catalogue.js";
import type { AskedSides, RightsOfSides } from "./planned-rights.js";
import { planTopics, type PlannedLog, type PlannedTopic } from "./planned-topics.js";
import { refusePartitionKey, type FilteredCollection } from "./refuse-partition-key.js";
import type { TaskPlan } from "./task-plan.js";

/** Collections that are looked at one by one; the others are counted. */
const MAX_COLLECTIONS = 1_000;
const LOOKUPS_AT_ONCE = 8;

/** What would become of one collection. */
export interface PlannedCollection {
  readonly source: CollectionName;
  readonly target: CollectionName;
  readonly isOnTarget: boolean;
  /** Topics that the source writes it into. */
  readonly channels: readonly string[];
  /** Rows that the source has; undefined when it cannot tell, as of what is not loaded. */
  readonly rows: bigint | undefined;
  /** What would keep it from being replicated, and what to do about it. */
  readonly problems: readonly string[];
}

/** What a task would do, if it was created now. */
export interface TaskPreview {
  /** The first thousand. */
  readonly collections: readonly PlannedCollection[];
  readonly collectionsTotal: number;
  /** Topics of the log that it would read. */
  readonly topics: readonly PlannedTopic[];
  readonly rights: RightsOfSides;
  /** What would keep the task from being created. */
  readonly problems: readonly string[];
}

/** Both sides, as they are looked at. */
export interface PreviewSides extends AskedSides {
  readonly source: {
    readonly catalogue: Pick<SourceCatalogue, "describe">;
    readonly rows: Pick<RowSource, "count" | "hasPartitionKey">;
  };
  readonly target: { readonly catalogue: Pick<SourceCatalogue, "describe"> };
  readonly log: PlannedLog;
  /** How a target's collection differs from the one that the source's would be given there. */
  readonly compareSchemas: (source: SourceCollection, target: SourceCollection) => readonly string[];
}

/** Looks at all that the task would do something with, and changes nothing. */
export async function previewTask(
  spec: TaskSpec,
  plan: TaskPlan,
  sides: PreviewSides,
  signal: AbortSignal,
): Promise<Omit<TaskPreview, "problems" | "rights">> {
  const found = await previewCollections(spec, plan, sides, signal);
  return { ...found, topics: await planTopics(sides.log, plan.progress, found.collections, signal) };
}

/** What would keep a task as a whole from replicating. */
export function problemsOf({
  problems,
  topics,
  rights,
}: Omit<TaskPreview, "collections">): readonly string[] {
  const ofTopics = topics.flatMap(({ problem }) => problem ?? []);
  const ofRights = [rights.source, rights.target].flatMap(({ missing, reason }) =>
    missing === undefined ? [] : (reason ?? []),
  );
  return [...problems, ...ofTopics, ...ofRights];
}

/** Looks at every collection that the task would replicate, on both sides. */
async function previewCollections(
  spec: TaskSpec,
  plan: Pick<TaskPlan, "listing" | "collections">,
  sides: PreviewSides,
  signal: AbortSignal,
): Promise<Pick<TaskPreview, "collections" | "collectionsTotal">> {
  const selected = [...plan.listing.collections.values()].filter((name) => isSelected(spec, name));
  const sharers = byTargetName(spec.nameMappings, selected);
  const found = new Map<CollectionName, PlannedCollection>();
  await inParallel(selected.slice(0, MAX_COLLECTIONS), LOOKUPS_AT_ONCE, async (source) => {
    const planned = await lookAt(source, spec, { ...sides, plan }, signal);
    if (planned === undefined) return;
    const others = (sharers.get(fullName(planned.target)) ?? []).filter((name) => !isSameName(name, source));
    const shared = others.map(
      (other) => `${fullName(other)} would become the same on the target; map one of them to another name`,
    );
    found.set(source, { ...planned, problems: [...shared, ...planned.problems] });
  });
  const collections = selected.flatMap((name) => found.get(name) ?? []);
  return { collections, collectionsTotal: selected.length };
}

/** Undefined when it is gone since it was listed. */
async function lookAt(
  name: CollectionName,
  spec: TaskSpec,
  { source, target, compareSchemas, plan }: PreviewSides & { readonly plan: Pick<TaskPlan, "collections"> },
  signal: AbortSignal,
): Promise<PlannedCollection | undefined> {
  const targetName = mapCollection(spec.nameMappings, name);
  const described = await source.catalogue.describe(name, signal);
  if (described === undefined) return undefined;
  const existing = await target.catalogue.describe(targetName, signal);
  const onlyPartitions = partitionsOf(spec, name);
  const rows = await source.rows.count({ ...described, onlyPartitions }, signal);
  const differences = existing === undefined ? [] : differencesOf(described, existing, compareSchemas);
  const isInLog = plan.collections.some(({ id, copy }) => id === described.id && copy === undefined);
  const isOutOfReach =
    rows === undefined && spec.start.kind === "snapshot" && !spec.loadForSnapshot && !isInLog;
  return {
    source: name,
    target: targetName,
    isOnTarget: existing !== undefined,
    channels: described.channels,
    rows,
    problems: [
      ...differences,
      ...partitionProblems({ source: name, description: described.description, onlyPartitions }, source.rows),
      ...(isOutOfReach
        ? [
            "the source has not loaded it, and the log no longer holds all of it, so its existing rows cannot be read; load it",
          ]
        : []),
    ],
  };
}

function differencesOf(
  source: SourceCollection,
  target: SourceCollection,
  compareSchemas: PreviewSides["compareSchemas"],
): readonly string[] {
  const { remedy } = new CdcError("TARGET_SCHEMA_DIFFERS", "");
  return compareSchemas(source, target).map((text) => `the target has another one: ${text}; ${remedy}`);
}

function partitionProblems(
  collection: FilteredCollection,
  rows: PreviewSides["source"]["rows"],
): readonly string[] {
  try {
    refusePartitionKey(collection, rows);
    return [];
  } catch (error) {
    const { message, remedy } = CdcError.from(error);
    return [`${message}; ${remedy}`];
  }
}
