import { CdcError } from "../model/errors.js";
import type { PartitionFilter } from "../model/partition-filter.js";
import { fullName, type CollectionName } from "../model/selection.js";
import type { RowSource } from "../source/row-source.js";

export interface FilteredCollection {
  readonly source: CollectionName;
  readonly description: Uint8Array;
  readonly onlyPartitions: PartitionFilter;
}

/**
 * The partitions of a collection with a partition key have names that mean nothing, and which of them a row belongs
 * to is for each server to say.
 *
 * @throws CdcError PARTITIONS_NOT_SELECTABLE
 */
export function refusePartitionKey(
  collection: FilteredCollection,
  rows: Pick<RowSource, "hasPartitionKey">,
): void {
  if (collection.onlyPartitions === undefined || !rows.hasPartitionKey(collection)) return;
  throw new CdcError(
    "PARTITIONS_NOT_SELECTABLE",
    `${fullName(collection.source)} has a partition key, so some of its partitions cannot be selected`,
  );
}
