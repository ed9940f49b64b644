import { CdcError } from "./errors.js";
import { mapCollection, type NameMapping } from "./name-mapping.js";
import { isPattern } from "./name-pattern.js";
import {
  fullName,
  includedOf,
  isSameName,
  isSelected,
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
  const owners = new Map<string, CollectionName>();
  const renamed = renamedSources(mappings).filter((source) => isSelected(selection, source));
  for (const source of [...renamed, ...namedSources(selection)]) {
    const target = mapCollection(mappings, source);
    const key = JSON.stringify([target.database, target.name]);
    const owner = owners.get(key);
    if (owner !== undefined && !isSameName(owner, source)) {
      const text = `${fullName(owner)} and ${fullName(source)} would both become ${fullName(target)} on the target`;
      throw new CdcError("INVALID_ARGUMENT", text, { field: "name_mapping" });
    }
    owners.set(key, source);
  }
}

function renamedSources(mappings: readonly NameMapping[]): CollectionName[] {
  return mappings.flatMap(({ sourceDatabase: database, collections }) =>
    Object.keys(collections).map((name) => ({ database, name })),
  );
}

/** Those that were asked for by name. */
export function namedSources(selection: Selection): CollectionName[] {
  return includedOf(selection)
    .flatMap(([database, names]) => names.map((name) => ({ database, name })))
    .filter(
      (source) => !isPattern(source.database) && !isPattern(source.name) && isSelected(selection, source),
    );
}
