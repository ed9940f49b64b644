import type { CollectionInfo, CollectionInfos, Task } from "#gen/milvus/cdc/v1/task_pb.js";

/** What a task replicates, in a line. */
export function selectionOf(task: Task): string {
  const names = [
    ...task.collectionInfos.map((info) =>
      entryText(info, info.name === "*" ? "everything" : `default.${info.name}`),
    ),
    ...namesIn(task.dbCollections),
  ];
  const excluded = namesIn(task.excludeCollections);
  const shown = listed(names, 3);
  return excluded.length === 0 ? shown : `${shown} without ${listed(excluded, 2)}`;
}

/** `database.collection` of every pair. */
export function namesIn(databases: Readonly<Record<string, CollectionInfos>>): string[] {
  return Object.entries(databases).flatMap(([database, { collectionInfos }]) =>
    collectionInfos.map((info) => entryText(info, `${database}.${info.name}`)),
  );
}

/** A collection under a name for people, with its partitions where not all are meant. */
export function entryText({ partitions }: CollectionInfo, name: string): string {
  return partitions.length === 0 ? name : `${name} (partitions ${partitions.join(", ")})`;
}

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
