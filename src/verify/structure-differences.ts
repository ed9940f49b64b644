import { isSameIndex, type CollectionStructure, type IndexDefinition } from "../model/structure.js";

/** How something of a collection, beside its rows, differs. */
export interface StructureDifference {
  readonly kind: "missing" | "extra" | "differing";
  /** Such as `index vec`. */
  readonly object: string;
  readonly detail?: string | undefined;
}

/**
 * How the target's structure differs from the source's. Indexes, aliases and properties that only the target has are
 * its owner's, unless `known`, the source's structure that the target was last made equal to, has them.
 */
export function structureDifferences(
  source: CollectionStructure,
  target: CollectionStructure,
  known: CollectionStructure | undefined,
): StructureDifference[] {
  const loadable = source.partitions.filter((partition) => target.partitions.includes(partition));
  return [
    ...names("partition", source.partitions, target.partitions, target.partitions),
    ...indexDifferences(source.indexes, target.indexes, known?.indexes ?? []),
    ...names("load of partition", source.loaded, target.loaded, loadable),
    ...names("alias", source.aliases, target.aliases, known?.aliases ?? []),
    ...propertyDifferences(source.properties, target.properties, known?.properties ?? {}),
    ...replicaDifferences(source.replicas, target.replicas),
  ];
}

/** `ours` are those that matter when only the target has them. */
function names(
  what: string,
  source: readonly string[],
  target: readonly string[],
  ours: readonly string[],
): StructureDifference[] {
  const missing = source.filter((name) => !target.includes(name));
  const extra = target.filter((name) => !source.includes(name) && ours.includes(name));
  return [
    ...missing.map((name) => ({ kind: "missing", object: `${what} ${name}` }) as const),
    ...extra.map((name) => ({ kind: "extra", object: `${what} ${name}` }) as const),
  ];
}

function indexDifferences(
  source: readonly IndexDefinition[],
  target: readonly IndexDefinition[],
  known: readonly IndexDefinition[],
): StructureDifference[] {
  const changed = source.flatMap((index): StructureDifference[] => {
    const object = textOf(index);
    const other = target.find((one) => isNamedLike(one, index));
    if (other === undefined) return [{ kind: "missing", object }];
    if (isSameIndex(index, other)) return [];
    return [{ kind: "differing", object, detail: sides(index.params, other.params) }];
  });
  const extra = target.filter(
    (index) => !source.some((one) => isNamedLike(one, index)) && known.some((one) => isNamedLike(one, index)),
  );
  return [...changed, ...extra.map((index) => ({ kind: "extra", object: textOf(index) }) as const)];
}

function isNamedLike(a: IndexDefinition, b: IndexDefinition): boolean {
  return a.field === b.field && a.name === b.name;
}

function textOf({ name, field }: IndexDefinition): string {
  return name === field ? `index ${name}` : `index ${name} of field ${field}`;
}

type Properties = Readonly<Record<string, string>>;

function propertyDifferences(
  source: Properties,
  target: Properties,
  known: Properties,
): StructureDifference[] {
  const differences = names("property", Object.keys(source), Object.keys(target), Object.keys(known));
  const changed = Object.keys(source).filter(
    (key) => Object.hasOwn(target, key) && source[key] !== target[key],
  );
  return [
    ...differences,
    ...changed.map((key) => {
      const detail = sides(source[key], target[key]);
      return { kind: "differing", object: `property ${key}`, detail } as const;
    }),
  ];
}

function replicaDifferences(source: number, target: number): StructureDifference[] {
  if (source === 0 || target === 0 || source === target) return [];
  return [{ kind: "differing", object: "replicas", detail: sides(source, target) }];
}

function sides(source: unknown, target: unknown): string {
  return `source ${JSON.stringify(source)}, target ${JSON.stringify(target)}`;
}
