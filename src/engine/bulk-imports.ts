import type { CollectionId } from "../model/ids.js";
import type { BulkImport, SourceCatalogue } from "../source/source-catalogue.js";

/** Ids of bulk imports, by collection. */
export type ImportIds = ReadonlyMap<CollectionId, ReadonlySet<bigint>>;

/**
 * The imports that have ended by now, as far as they are known: of one that is
 * not, the collection is copied once more, which takes time and loses nothing.
 */
export async function endedImports(catalogue: SourceCatalogue, signal: AbortSignal): Promise<ImportIds> {
  const imports = await catalogue.imports(signal).catch((): readonly BulkImport[] => []);
  signal.throwIfAborted();
  const ended = new Map<CollectionId, Set<bigint>>();
  for (const { id, collectionId, isEnded } of imports)
    if (isEnded) ended.set(collectionId, (ended.get(collectionId) ?? new Set()).add(id));
  return ended;
}
