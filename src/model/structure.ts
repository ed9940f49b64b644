import { isPartitionSelected, type PartitionFilter } from "./partition-filter.js";

/** An index as a server describes it; the parameters are kept as they are. */
export interface IndexDefinition {
  readonly field: string;
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What a collection consists of beside its schema and rows: what can change while it lives. Plain JSON. */
export interface CollectionStructure {
  readonly partitions: readonly string[];
  readonly indexes: readonly IndexDefinition[];
  /** Partitions that are loaded or being loaded. */
  readonly loaded: readonly string[];
  /** In how many copies they are loaded; 0 when none is, or when the server does not tell. */
  readonly replicas: number;
  readonly aliases: readonly string[];
  /** Without those that limit resources, which are a matter of each cluster. */
  readonly properties: Readonly<Record<string, string>>;
}

/** One step that brings a target's structure nearer to its source's. */
export type StructureStep =
  | { readonly kind: "create-partition"; readonly partition: string }
  | { readonly kind: "drop-index"; readonly index: IndexDefinition }
  | { readonly kind: "create-index"; readonly index: IndexDefinition }
  | { readonly kind: "set-properties"; readonly properties: Readonly<Record<string, string>> }
  | { readonly kind: "drop-properties"; readonly keys: readonly string[] }
  | { readonly kind: "release" }
  | { readonly kind: "release-partitions"; readonly partitions: readonly string[] }
  | { readonly kind: "load"; readonly replicas: number }
  | { readonly kind: "load-partitions"; readonly partitions: readonly string[]; readonly replicas: number }
  /** An alias of another collection of the target is moved. */
  | { readonly kind: "create-alias"; readonly alias: string }
  | { readonly kind: "drop-alias"; readonly alias: string };

/** Whether all of its partitions are loaded. */
export function isWhollyLoaded({ partitions, loaded }: CollectionStructure): boolean {
  return loaded.length > 0 && partitions.every((partition) => loaded.includes(partition));
}

/** The structure without the loads of some partitions; the empty name is the whole collection. */
export function withoutLoads(
  structure: CollectionStructure,
  partitions: readonly string[],
): CollectionStructure {
  const loaded = partitions.includes("")
    ? []
    : structure.loaded.filter((partition) => !partitions.includes(partition));
  return { ...structure, loaded, replicas: loaded.length > 0 ? structure.replicas : 0 };
}

/** The structure with those partitions alone that a filter selects. */
export function selectedStructure(
  structure: CollectionStructure,
  filter: PartitionFilter,
): CollectionStructure {
  if (filter === undefined) return structure;
  const selected = (names: readonly string[]): readonly string[] =>
    names.filter((name) => isPartitionSelected(filter, name));
  const [partitions, loaded] = [selected(structure.partitions), selected(structure.loaded)];
  return { ...structure, partitions, loaded, replicas: loaded.length > 0 ? structure.replicas : 0 };
}

export function isSameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.field === b.field && a.name === b.name && isSameRecord(a.params, b.params);
}

/** Whether two structures are equal; servers list in any order. */
export function isSameStructure(a: CollectionStructure, b: CollectionStructure): boolean {
  return (
    a.replicas === b.replicas &&
    isSameSet(a.partitions, b.partitions) &&
    isSameSet(a.loaded, b.loaded) &&
    isSameSet(a.aliases, b.aliases) &&
    isSameRecord(a.properties, b.properties) &&
    a.indexes.length === b.indexes.length &&
    a.indexes.every((index) => b.indexes.some((other) => isSameIndex(index, other)))
  );
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

function isSameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}
