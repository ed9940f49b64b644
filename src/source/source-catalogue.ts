import type { CollectionId, HybridTs } from "../model/ids.js";
import type { CollectionName } from "../model/selection.js";
import type { CollectionStructure } from "../model/structure.js";

/** The names of everything on the source, at one moment. */
export interface Listing {
  readonly databases: readonly string[];
  readonly collections: ReadonlyMap<CollectionId, CollectionName>;
}

/** A collection as its source describes it. */
export interface SourceCollection {
  readonly id: CollectionId;
  readonly name: CollectionName;
  readonly aliases: readonly string[];
  readonly channels: readonly string[];
  readonly createdTs: HybridTs;
  /** The whole answer, serialized; see `ReplicatedCollection`. */
  readonly description: Uint8Array;
}

/** A bulk import of rows into a collection. No topic tells of it, nor of its rows. */
export interface BulkImport {
  /** Later ones do not always end later. */
  readonly id: bigint;
  readonly collectionId: CollectionId;
  /** Undefined when it is not known, or not one. */
  readonly partition: string | undefined;
  readonly rows: bigint;
  /** Every query shows its rows now, or will as soon as they are loaded. */
  readonly isEnded: boolean;
}

/**
 * What exists on the source, by its ordinary API. The log alone cannot tell:
 * it holds creations that never happened, and names that were aliases.
 *
 * @throws CdcError SOURCE_UNAVAILABLE, SOURCE_UNAUTHENTICATED from every method
 */
export interface SourceCatalogue extends AsyncDisposable {
  /** The source's time: later than that of everything acknowledged before the call. */
  now(signal: AbortSignal): Promise<HybridTs>;
  list(signal: AbortSignal): Promise<Listing>;
  /** Collections of which at least a part is loaded. */
  loaded(signal: AbortSignal): Promise<ReadonlySet<CollectionId>>;
  /**
   * Bulk imports of collections that exist, without those that failed; a source remembers them for
   * some time (Milvus: a day from their beginning). None when it does not know the call.
   */
  imports(signal: AbortSignal): Promise<readonly BulkImport[]>;
  /** Undefined when there is none of this name. */
  describe(name: CollectionName, signal: AbortSignal): Promise<SourceCollection | undefined>;
  /** Undefined when the name is not, or no longer, that of this collection. */
  structure(
    id: CollectionId,
    name: CollectionName,
    signal: AbortSignal,
  ): Promise<CollectionStructure | undefined>;
}
