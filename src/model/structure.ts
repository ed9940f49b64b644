/** An index as a server describes it; the parameters are kept as they are. */
export interface IndexDefinition {
  readonly field: string;
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What a collection consists of beside its schema and rows: what can change while it lives. */
export interface CollectionStructure {
  readonly partitions: readonly string[];
  readonly indexes: readonly IndexDefinition[];
  readonly isLoaded: boolean;
}

/** One step that brings a target's structure nearer to its source's. */
export type StructureStep =
  | { readonly kind: "create-partition"; readonly partition: string }
  | { readonly kind: "drop-index"; readonly index: IndexDefinition }
  | { readonly kind: "create-index"; readonly index: IndexDefinition }
  | { readonly kind: "load" }
  | { readonly kind: "release" };

/**
 * The steps from `target` to `source`, in an order that servers accept: an
 * index of a loaded collection cannot be dropped, and a collection without its
 * vector index cannot be loaded. Partitions of the target alone are left to
 * the log, which knows when they were dropped.
 */
export function structureSteps(source: CollectionStructure, target: CollectionStructure): StructureStep[] {
  const partitions = source.partitions.filter((p) => !target.partitions.includes(p));
  const stale = target.indexes.filter((index) => !source.indexes.some((other) => isSameIndex(index, other)));
  const missing = source.indexes.filter(
    (index) => !target.indexes.some((other) => isSameIndex(index, other)),
  );
  const isReleased = target.isLoaded && (!source.isLoaded || stale.length > 0);
  const isLoadNeeded = source.isLoaded && (!target.isLoaded || isReleased);
  return [
    ...partitions.map((partition) => ({ kind: "create-partition", partition }) as const),
    ...(isReleased ? [{ kind: "release" } as const] : []),
    ...stale.map((index) => ({ kind: "drop-index", index }) as const),
    ...missing.map((index) => ({ kind: "create-index", index }) as const),
    ...(isLoadNeeded ? [{ kind: "load" } as const] : []),
  ];
}

function isSameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  const keys = Object.keys(a.params);
  return (
    a.field === b.field &&
    a.name === b.name &&
    keys.length === Object.keys(b.params).length &&
    keys.every((key) => a.params[key] === b.params[key])
  );
}
