import type { CollectionStructure, StructureStep } from "./structure.js";

/**
 * What to remember as the source's structure that the target has, before
 * `steps` of `structureSteps` are taken: the source's, with what they are to
 * drop. So it holds all that the target may have from the source, whichever of
 * them are taken.
 */
export function knownStructure(
  source: CollectionStructure,
  known: CollectionStructure | undefined,
  steps: readonly StructureStep[],
): CollectionStructure {
  if (known === undefined) return source;
  const kept = known.indexes.filter(
    ({ field, name }) =>
      steps.some(
        (step) => step.kind === "drop-index" && step.index.field === field && step.index.name === name,
      ) && !source.indexes.some((index) => index.field === field && index.name === name),
  );
  const aliases = known.aliases.filter((alias) =>
    steps.some((step) => step.kind === "drop-alias" && step.alias === alias),
  );
  const properties = Object.entries(known.properties).filter(([key]) =>
    steps.some((step) => step.kind === "drop-properties" && step.keys.includes(key)),
  );
  return {
    ...source,
    indexes: [...source.indexes, ...kept],
    aliases: [...source.aliases, ...aliases],
    properties: { ...Object.fromEntries(properties), ...source.properties },
  };
}
