import type { IndexDefinition, StructureStep } from "../model/structure.js";

/** What the operator can do about a step that the target refuses. */
const REMEDIES: Readonly<Record<StructureStep["kind"], string>> = {
  "create-partition": "Give the target room for it, or drop it on the source",
  "create-index":
    "Use an index on the source that the target has, or upgrade the target; without its vector indexes the collection cannot be loaded there",
  "drop-index": "Drop it on the target",
  "set-properties": "Set them on the target; some versions want the collection released for that",
  "drop-properties":
    "Set them on the target to values that do no harm; versions before 2.5 cannot remove a property",
  release: "Release the collection on the target",
  "release-partitions": "Release them on the target",
  load: "See that the target has all vector indexes, and memory and nodes enough",
  "load-partitions": "See that the target has all vector indexes, and memory and nodes enough",
  "create-alias": "Rename the collection of the target that has this name",
  "drop-alias": "Drop it on the target",
};

/** A step that the target refuses, as an operator reads it. */
export function refusedText(step: StructureStep, reason: string): string {
  return `${describeStep(step)} is not possible on the target: ${reason}. ${REMEDIES[step.kind]}.`;
}

/** A step that the target accepts, and that has to be taken again and again. */
export function ineffectiveText(step: StructureStep, attempts: number): string {
  return `${describeStep(step)} was accepted by the target ${attempts} times and did not last: see its log, and who else changes it. ${REMEDIES[step.kind]}.`;
}

/** Such as `create-index title of field text (HNSW)`. */
function describeStep(step: StructureStep): string {
  switch (step.kind) {
    case "create-partition":
      return `${step.kind} ${step.partition}`;
    case "create-index":
    case "drop-index":
      return `${step.kind} ${describeIndex(step.index)}`;
    case "set-properties":
      return `${step.kind} ${Object.keys(step.properties).join(", ")}`;
    case "drop-properties":
      return `${step.kind} ${step.keys.join(", ")}`;
    case "load-partitions":
    case "release-partitions":
      return `${step.kind} ${step.partitions.join(", ")}`;
    case "create-alias":
    case "drop-alias":
      return `${step.kind} ${step.alias}`;
    case "load":
    case "release":
      return step.kind;
  }
}

function describeIndex({ name, field, params }: IndexDefinition): string {
  const kind = params["index_type"];
  return `${name} of field ${field}${kind === undefined ? "" : ` (${kind})`}`;
}
