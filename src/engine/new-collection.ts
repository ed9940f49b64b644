import { mapCollection } from "../model/name-mapping.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { partitionsOf } from "../model/selection.js";
import type { TaskSpec } from "../model/task.js";
import type { SourceCollection } from "../source/source-catalogue.js";

/** A collection that a task has just met, as one whose rows are all to come from the log. */
export function newCollection(
  spec: TaskSpec,
  { id, name, description, channels, createdTs }: SourceCollection,
): ReplicatedCollection {
  return {
    id,
    source: name,
    target: mapCollection(spec.nameMappings, name),
    formerTarget: undefined,
    description,
    channels,
    createdTs,
    barrierTs: 0n,
    onlyPartitions: partitionsOf(spec, name),
    partitions: new Map(),
    isMerged: undefined,
    copy: undefined,
    imports: new Set(),
    structure: undefined,
  };
}
