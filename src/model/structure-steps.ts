import { isPartitionSelected, type PartitionFilter } from "./partition-filter.js";
import {
  isSameIndex,
  isWhollyLoaded,
  type CollectionStructure,
  type IndexDefinition,
  type StructureStep,
} from "./structure.js";

/** Of a JSON column, several paths can be indexed; servers that know this name it so. */
const JSON_PATH = "json_path";

/**
 * The steps from `target` to `source`, in an order that servers accept: an
 * index of a loaded collection cannot be dropped, the number of replicas of a
 * loaded one cannot change, and without its vector index it cannot be loaded.
 *
 * What only the target has is left alone, unless `known`, the source's
 * structure that the target was last made equal to, has it: then it was
 * dropped on the source. An index in the way of one of the source's is
 * replaced. Partitions of the target alone are left to the log, which knows
 * when they were dropped.
 *
 * With a filter, `source` has the selected partitions alone, and `target` all:
 * the others stay loaded, or not, as they are.
 */
export function structureSteps(
  source: CollectionStructure,
  target: CollectionStructure,
  known: CollectionStructure | undefined,
  filter?: PartitionFilter,
): StructureStep[] {
  const stale = staleIndexes(source, target, known);
  const missing = source.indexes.filter((index) => !has(target.indexes, index));
  const others = target.loaded.filter((partition) => !isPartitionSelected(filter, partition));
  const isReleased = target.loaded.length > 0 && isReleaseNeeded(source, target, stale, others);
  const loaded = isReleased ? [] : target.loaded;
  const isWhole = filter === undefined && isWhollyLoaded(source);
  return [
    ...source.partitions
      .filter((partition) => !target.partitions.includes(partition))
      .map((partition) => ({ kind: "create-partition", partition }) as const),
    ...(isReleased ? [{ kind: "release" } as const] : []),
    ...stale.map((index) => ({ kind: "drop-index", index }) as const),
    ...missing.map((index) => ({ kind: "create-index", index }) as const),
    ...propertySteps(source, target, known),
    ...loadSteps(source, target, { loaded, isWhole, again: isReleased ? others : [] }),
    // an alias comes to a collection that is otherwise complete
    ...aliasSteps(source, target, known),
  ];
}

function staleIndexes(
  source: CollectionStructure,
  target: CollectionStructure,
  known: CollectionStructure | undefined,
): IndexDefinition[] {
  const missing = source.indexes.filter((index) => !has(target.indexes, index));
  return target.indexes.filter((index) => {
    if (has(source.indexes, index)) return false;
    const isInTheWay = missing.some((wanted) => cannotCoexist(wanted, index));
    return isInTheWay || known?.indexes.some((other) => isNamedLike(other, index)) === true;
  });
}

/** Names are unique in a collection, and a field has one index. */
function cannotCoexist(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.name === b.name || (a.field === b.field && a.params[JSON_PATH] === b.params[JSON_PATH]);
}

function isNamedLike(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.field === b.field && a.name === b.name;
}

function has(indexes: readonly IndexDefinition[], index: IndexDefinition): boolean {
  return indexes.some((other) => isSameIndex(other, index));
}

function isReleaseNeeded(
  source: CollectionStructure,
  target: CollectionStructure,
  stale: readonly IndexDefinition[],
  others: readonly string[],
): boolean {
  const isOtherNumber = source.replicas > 0 && target.replicas > 0 && source.replicas !== target.replicas;
  const isNoneWanted = source.loaded.length === 0 && others.length === 0;
  return isNoneWanted || stale.length > 0 || isOtherNumber;
}

interface Loads {
  /** What of the target is loaded by then. */
  readonly loaded: readonly string[];
  /** All that there are, and those to come. */
  readonly isWhole: boolean;
  /** Not the source's, and to be loaded as they were. */
  readonly again: readonly string[];
}

function loadSteps(
  source: CollectionStructure,
  target: CollectionStructure,
  { loaded, isWhole, again }: Loads,
): StructureStep[] {
  const present = loaded.length > 0 || again.length > 0 ? target.replicas : 0;
  const replicas = Math.max(1, source.replicas > 0 ? source.replicas : present);
  const lacking = [...source.loaded, ...again].filter((partition) => !loaded.includes(partition));
  // one that only the target has is loaded or not as its owner likes
  const surplus = source.partitions.filter(
    (partition) => loaded.includes(partition) && !source.loaded.includes(partition),
  );
  const steps: StructureStep[] = [];
  if (surplus.length > 0) steps.push({ kind: "release-partitions", partitions: surplus });
  if (lacking.length === 0) return steps;
  // as a whole, it is loaded with the partitions that are still to come
  if (isWhole) steps.push({ kind: "load", replicas });
  else steps.push({ kind: "load-partitions", partitions: lacking, replicas });
  return steps;
}

function propertySteps(
  source: CollectionStructure,
  target: CollectionStructure,
  known: CollectionStructure | undefined,
): StructureStep[] {
  const changed = Object.entries(source.properties).filter(
    ([key, value]) => !Object.hasOwn(target.properties, key) || target.properties[key] !== value,
  );
  const dropped = Object.keys(target.properties).filter(
    (key) =>
      !Object.hasOwn(source.properties, key) && known !== undefined && Object.hasOwn(known.properties, key),
  );
  const steps: StructureStep[] = [];
  if (changed.length > 0) steps.push({ kind: "set-properties", properties: Object.fromEntries(changed) });
  if (dropped.length > 0) steps.push({ kind: "drop-properties", keys: dropped });
  return steps;
}

function aliasSteps(
  source: CollectionStructure,
  target: CollectionStructure,
  known: CollectionStructure | undefined,
): StructureStep[] {
  const dropped = target.aliases.filter(
    (alias) => !source.aliases.includes(alias) && known?.aliases.includes(alias) === true,
  );
  const missing = source.aliases.filter((alias) => !target.aliases.includes(alias));
  return [
    ...missing.map((alias) => ({ kind: "create-alias", alias }) as const),
    ...dropped.map((alias) => ({ kind: "drop-alias", alias }) as const),
  ];
}
