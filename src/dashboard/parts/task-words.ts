import type { CollectionInfos, Task } from "#gen/milvus/cdc/v1/task_pb.js";

/** What a task replicates, in a line. */
export function selectionOf(task: Task): string {
  const names = [
    ...task.collectionInfos.map(({ name }) => (name === "*" ? "everything" : `default.${name}`)),
    ...namesIn(task.dbCollections),
  ];
  const excluded = namesIn(task.excludeCollections);
  const shown = listed(names, 3);
  return excluded.length === 0 ? shown : `${shown} without ${listed(excluded, 2)}`;
}

/** `database.collection` of every pair. */
export function namesIn(databases: Readonly<Record<string, CollectionInfos>>): string[] {
  return Object.entries(databases).flatMap(([database, { collectionInfos }]) =>
    collectionInfos.map(({ name }) => `${database}.${name}`),
  );
}

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
