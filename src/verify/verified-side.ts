import type { PrimaryKeys } from "../model/change-event.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import type { KeysRequest, PageRequest, RowCollection, RowSource } from "../source/row-source.js";

/** One of the two Milvus that are compared. Both are read alike. */
export interface VerifiedSide {
  readonly catalogue: Pick<SourceCatalogue, "now" | "list" | "describe" | "structure">;
  readonly rows: VerifiedRows;
}

/** As the copy of existing rows reads them, and counts. Undefined as there. */
export interface VerifiedRows extends Pick<
  RowSource,
  "hasPartitionKey" | "partitions" | "read" | "readKeys"
> {
  hasTextKeys(collection: RowCollection): boolean;
  /** Those of some keys, no more than a few thousand, that have a row. Of a partition that a page was just read of. */
  presentKeys(collection: RowCollection, request: KeysRequest, signal: AbortSignal): Promise<PrimaryKeys>;
  /** Rows of some keys, those of equal keys one by one. Of a partition that a page was just read of. */
  countKeys(collection: RowCollection, request: KeysRequest, signal: AbortSignal): Promise<number>;
  /** Rows of a range of keys, those of equal keys one by one. */
  countRange(
    collection: RowCollection,
    request: PageRequest,
    signal: AbortSignal,
  ): Promise<number | undefined>;
}
