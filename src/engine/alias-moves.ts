import type { SourceCatalogue } from "../source/source-catalogue.js";

/** The other collection takes the alias over within this time, if it is replicated too. */
const PATIENCE_MS = 15_000;

/**
 * Tells an alias that was dropped on the source from one that was moved there:
 * that one is left for its next collection to take over, so that the target
 * is not without it meanwhile.
 */
export class AliasMoves {
  readonly #catalogue: SourceCatalogue;
  readonly #firstSeenMs = new Map<string, number>();

  constructor(catalogue: SourceCatalogue) {
    this.#catalogue = catalogue;
  }

  /** Whether an alias that its collection no longer has should stay on the target for now. */
  async isMoving(database: string, alias: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.#catalogue.describe({ database, name: alias }, signal);
    // the name of a dropped alias may be that of a collection by now
    if (found?.aliases.includes(alias) !== true) {
      this.#firstSeenMs.delete(alias);
      return false;
    }
    const firstSeenMs = this.#firstSeenMs.get(alias) ?? performance.now();
    this.#firstSeenMs.set(alias, firstSeenMs);
    if (performance.now() - firstSeenMs < PATIENCE_MS) return true;
    this.#firstSeenMs.delete(alias);
    return false;
  }
}
