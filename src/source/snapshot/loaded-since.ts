import type { CollectionId } from "../../model/ids.js";
import { RecentMap } from "./recent-map.js";

/** More than anybody copies at once; what is forgotten is only waited for once more. */
const MAX_COLLECTIONS = 1_000;

/** Since when partitions have been seen to be loaded, without interruption. */
export class LoadedSince {
  readonly #byCollection = new RecentMap<CollectionId, ReadonlyMap<bigint, number>>(MAX_COLLECTIONS);

  /** Takes down which partitions of a collection are loaded now, and answers since when each has been, in ms. */
  note(id: CollectionId, loaded: readonly bigint[], nowMs: number): ReadonlyMap<bigint, number> {
    const known = this.#byCollection.get(id);
    const since = new Map(loaded.map((partition) => [partition, known?.get(partition) ?? nowMs]));
    this.#byCollection.set(id, since);
    return since;
  }
}
