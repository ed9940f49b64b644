import type { DescribeCollectionResponse } from "#gen/milvus/wire/v1/rpc_pb.js";
import { untilAborted } from "../async/abort.js";
import type { CollectionName } from "../model/selection.js";
import type { CollectionStructure } from "../model/structure.js";
import { portableProperties } from "./collection-properties.js";
import type { MilvusAdmin } from "./milvus-admin.js";

/** The parts of a collection that change while it lives, of either side, given its description. */
export async function readStructure(
  admin: MilvusAdmin,
  name: CollectionName,
  described: DescribeCollectionResponse,
  signal: AbortSignal,
): Promise<CollectionStructure> {
  const [partitions, indexes] = await untilAborted(
    Promise.all([admin.listPartitions(name), admin.listIndexes(name)]),
    signal,
  );
  // asked after the partitions: one that is made meanwhile would seem not to be loaded
  const loaded = await untilAborted(admin.listLoadedPartitions(name), signal);
  const isLoaded = loaded.length > 0;
  return {
    partitions,
    indexes,
    loaded: partitions.filter((partition) => loaded.includes(partition)),
    replicas: isLoaded ? await untilAborted(admin.countReplicas(name, described.collectionId), signal) : 0,
    aliases: described.aliases,
    properties: Object.fromEntries(
      portableProperties(described.properties).map(({ key, value }) => [key, value]),
    ),
  };
}
