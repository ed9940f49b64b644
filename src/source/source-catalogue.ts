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

/**
 * What exists on the source, by its ordinary API. The log alone cannot tell:
 * it holds creations that never happened, and names that were aliases.
 *
 * @throws CdcError SOURCE_UNAVAILABLE, SOURCE_UNAUTHENTICATED from every method
 */
export interface SourceCatalogue extends AsyncDisposable {
  list(signal: AbortSignal): Promise<Listing>;
  /** Undefined when there is none of this name. */
  describe(name: CollectionName, signal: AbortSignal): Promise<SourceCollection | undefined>;
  /** Undefined when the name is not, or no longer, that of this collection. */
  structure(
    id: CollectionId,
    name: CollectionName,
    signal: AbortSignal,
  ): Promise<CollectionStructure | undefined>;
}
