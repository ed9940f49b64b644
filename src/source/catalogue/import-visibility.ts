import { untilAborted } from "../../async/abort.js";
import type { ListedImport, ListedSegment, MilvusAdmin } from "../../milvus/milvus-admin.js";
import type { CollectionId } from "../../model/ids.js";
import type { CollectionName } from "../../model/selection.js";

type Admin = Pick<MilvusAdmin, "listPartitionLoads" | "listSealedSegments" | "listQueriedSegments">;

const COMPLETED = "ImportCompleted";

/** Tells which bulk imports can be seen: Milvus calls one completed ten seconds and more before queries show its rows. */
export class ImportVisibility {
  readonly #admin: Admin;
  /** What was seen once stays so. */
  #visible: ReadonlySet<bigint> = new Set();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** Ids of those, of collections that exist, whose rows every query shows, or will once they are loaded. */
  async look(
    imports: readonly ListedImport[],
    names: ReadonlyMap<CollectionId, CollectionName>,
    signal: AbortSignal,
  ): Promise<ReadonlySet<bigint>> {
    const visible = new Set(imports.map(({ id }) => id).filter((id) => this.#visible.has(id)));
    const unknown = imports.filter(({ id, state }) => state === COMPLETED && !visible.has(id));
    for (const collectionId of new Set(unknown.map((one) => one.collectionId))) {
      const name = names.get(collectionId);
      if (name === undefined) continue;
      const own = unknown.filter((one) => one.collectionId === collectionId);
      for (const id of await untilAborted(this.#visibleOf(name, own), signal)) visible.add(id);
    }
    return (this.#visible = visible);
  }

  async #visibleOf(name: CollectionName, imports: readonly ListedImport[]): Promise<readonly bigint[]> {
    // what is not being loaded now will be loaded with all that there is
    const loads = await this.#admin.listPartitionLoads(name);
    const sealed = loads?.size ? await this.#admin.listSealedSegments(name) : [];
    const wanted = sealed.filter(({ partitionId }) => loads?.has(partitionId));
    const queried = wanted.length > 0 ? await this.#admin.listQueriedSegments(name) : new Set<bigint>();
    return imports
      .filter((one) => segmentsOf(one, sealed, wanted).every(({ id }) => queried.has(id)))
      .map(({ id }) => id);
  }
}

/** Which of the wanted segments have rows of an import: when some of its own are gone, compaction has put them anywhere. */
function segmentsOf(
  { segmentIds }: ListedImport,
  sealed: readonly ListedSegment[],
  wanted: readonly ListedSegment[],
): readonly ListedSegment[] {
  const isThere = (segmentId: bigint): boolean => sealed.some(({ id }) => id === segmentId);
  return segmentIds.every(isThere) ? wanted.filter(({ id }) => segmentIds.includes(id)) : wanted;
}
