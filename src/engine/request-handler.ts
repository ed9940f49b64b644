import type { CollectionRequest, DatabaseRequest } from "../model/change-event.js";
import type { CatalogueWatch } from "./catalogue-watch.js";
import type { Lane } from "./lane.js";
import type { LaneSet } from "./lane-set.js";

/**
 * Carries out what the channel `replicate-msg` holds: requests as clients sent
 * them, some of which failed. They are taken as hints to compare, by name.
 */
export class RequestHandler {
  readonly #lanes: LaneSet;
  readonly #watch: CatalogueWatch;

  constructor(lanes: LaneSet, watch: CatalogueWatch) {
    this.#lanes = lanes;
    this.#watch = watch;
  }

  /** Resolves when the effect is on the target, or when there is none. */
  async handle(event: CollectionRequest | DatabaseRequest): Promise<void> {
    if (!("names" in event)) {
      await this.#watch.refresh();
      return;
    }
    const lanes = await this.#lanesOf(event);
    await Promise.all(lanes.map((lane) => lane.structure.request(event.ts, event.kind === "flush")));
  }

  async #lanesOf(event: CollectionRequest): Promise<readonly Lane[]> {
    const known = this.#known(event);
    if (known.length > 0) return known;
    await this.#watch.refresh();
    return this.#known(event);
  }

  /** No names at all means the whole database. */
  #known({ database, names }: CollectionRequest): readonly Lane[] {
    if (names.length === 0)
      return this.#lanes.all.filter(({ collection }) => collection.source.database === database);
    return names.flatMap((name) => this.#lanes.named({ database, name }));
  }
}
