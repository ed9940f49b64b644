import { untilAborted } from "../async/abort.js";
import type { CollectionName } from "../model/selection.js";
import type { CollectionStructure } from "../model/structure.js";
import type { MilvusAdmin } from "./milvus-admin.js";

/** The parts of a collection that change while it lives, of either side. */
export async function readStructure(
  admin: MilvusAdmin,
  name: CollectionName,
  signal: AbortSignal,
): Promise<CollectionStructure> {
  const [partitions, indexes, loaded] = await untilAborted(
    Promise.all([admin.listPartitions(name), admin.listIndexes(name), admin.listLoaded(name.database)]),
    signal,
  );
  return { partitions, indexes, isLoaded: loaded.has(name.name) };
}
