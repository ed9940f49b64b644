import { CdcError } from "./errors.js";
import { mapCollection, type NameMapping } from "./name-mapping.js";
import { isPattern } from "./name-pattern.js";
import {
  fullName,
  includedOf,
  isSelected,
  nameOf,
  type CollectionName,
  type Selection,
} from "./selection.js";

/**
 * Refuses mappings that send two collections to one name of the target: only
 * one of them could ever be replicated. What cannot be known beforehand, since
 * the collection was not asked for by its name, is told when it happens.
 *
 * @throws CdcError INVALID_ARGUMENT naming both
 */
export function refuseCollisions(mappings: readonly NameMapping[], selection: Selection): void {
  const renamed = renamedSources(mappings).filter((source) => isSelected(selection, source));
  for (const [target, [owner, other]] of byTargetName(mappings, [...renamed, ...namedSources(selection)])) {
    if (owner === undefined || other === undefined) continue;
    const text = `${fullName(owner)} and ${fullName(other)} would both become ${target} on the target`;
    throw new CdcError("INVALID_ARGUMENT", text, { field: "name_mapping" });
  }
}

/** Collections, each once, by the full name that they get on the target. */
export function byTargetName(
  mappings: readonly NameMapping[],
  sources: readonly CollectionName[],
): ReadonlyMap<string, readonly CollectionName[]> {
  const found = new Map<string, CollectionName[]>();
  for (const source of new Map(sources.map((name) => [fullName(name), name])).values()) {
    const target = fullName(mapCollection(mappings, source));
    const others = found.get(target);
    if (others === undefined) found.set(target, [source]);
    else others.push(source);
  }
  return found;
}

function renamedSources(mappings: readonly NameMapping[]): CollectionName[] {
  return mappings.flatMap(({ sourceDatabase: database, collections }) =>
    Object.keys(collections).map((name) => ({ database, name })),
  );
}

/** Those that were asked for by name. */
export function namedSources(selection: Selection): CollectionName[] {
  return includedOf(selection)
    .flatMap(([database, entries]) => entries.map((entry) => ({ database, name: nameOf(entry) })))
    .filter(
      (source) => !isPattern(source.database) && !isPattern(source.name) && isSelected(selection, source),
    );
}
