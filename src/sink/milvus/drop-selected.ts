import { fromBinary } from "@bufbuild/protobuf";
import type { DescribeCollectionResponse } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { untilAborted } from "../../async/abort.js";
import { CdcError } from "../../model/errors.js";
import { isPartitionSelected, type PartitionFilter } from "../../model/partition-filter.js";
import { fullName, type CollectionName } from "../../model/selection.js";
import { othersExpression } from "./delete-expressions.js";
import type { MilvusTarget } from "./milvus-collection.js";

/** Every collection has it, and no server drops it. */
const DEFAULT_PARTITION = "_default";

/** Drops what a filter selects of a collection: all of it when nothing else is in there. */
export async function dropSelected(
  { admin, rpc, structure }: MilvusTarget,
  name: CollectionName,
  only: PartitionFilter,
  signal: AbortSignal,
): Promise<void> {
  const described = await rpc.describeCollection(name, signal);
  // of another collection: this one is gone
  if (described === undefined || described.aliases.includes(name.name)) return;
  const { partitions, loaded, replicas } = await structure.read(name, signal);
  const selected = partitions.filter((partition) => isPartitionSelected(only, partition));
  if (selected.length === partitions.length) return structure.dropCollection(name, signal);
  for (const partition of selected)
    if (partition !== DEFAULT_PARTITION) await structure.dropPartition(name, partition, signal);
  if (!selected.includes(DEFAULT_PARTITION)) return;
  // rows are found by a query
  if (!loaded.includes(DEFAULT_PARTITION))
    await untilAborted(admin.loadPartitions(name, [DEFAULT_PARTITION], replicas > 0 ? replicas : 1), signal);
  const all = { partition: DEFAULT_PARTITION, after: undefined, upTo: undefined };
  const expr = othersExpression(keyFieldOf(name, described), all, []);
  const { database, name: collection } = name;
  await rpc.delete({ database, collection, partition: DEFAULT_PARTITION, expr }, signal);
}

function keyFieldOf(name: CollectionName, { schema }: DescribeCollectionResponse): string {
  const { fields } = fromBinary(CollectionSchemaSchema, schema);
  const key = fields.find(({ isPrimaryKey }) => isPrimaryKey)?.name;
  if (key === undefined) throw new CdcError("TARGET_REJECTED", `${fullName(name)} has no primary key`);
  return key;
}
