import { sleep } from "../async/abort.js";
import type { Logger } from "../observability/logger.js";
import type { BulkImport, SourceCatalogue } from "../source/source-catalogue.js";
import type { Lane } from "./lane.js";
import type { RetryBoard } from "./retry-board.js";

/** A source shows imported rows some ten seconds after they were imported: no sooner look helps. */
const LOOK_EVERY_MS = 5_000;
const PLACE = "bulk imports of the source";

export interface ImportWatchDeps {
  readonly catalogue: SourceCatalogue;
  /** Those that there are at the time of the call. */
  readonly lanes: () => readonly Lane[];
  readonly retries: RetryBoard;
  readonly logger: Logger;
}

/** Looks for bulk imports that have ended, and has their collections copied once more. */
export class ImportWatch {
  readonly #deps: ImportWatchDeps;

  constructor(deps: ImportWatchDeps) {
    this.#deps = deps;
  }

  /** Looks until the signal aborts. A look that fails is shown, and is no reason to stop. */
  async run(signal: AbortSignal): Promise<never> {
    const { retries } = this.#deps;
    for (let attempts = 1; ;) {
      await sleep(LOOK_EVERY_MS, signal);
      try {
        await this.#look(signal);
        retries.report(PLACE, undefined);
        attempts = 1;
      } catch (error) {
        signal.throwIfAborted();
        retries.report(PLACE, { error, attempts: attempts++, delayMs: LOOK_EVERY_MS });
      }
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { catalogue, lanes } = this.#deps;
    const imports = await catalogue.imports(signal);
    for (const lane of imports.length === 0 ? [] : lanes()) {
      const own = imports.filter(({ collectionId }) => collectionId === lane.collection.id);
      const begun = await lane.copyImported(own);
      if (begun.length > 0) this.#log(lane, begun);
    }
  }

  #log({ collection: { source } }: Lane, imports: readonly BulkImport[]): void {
    const rows = imports.reduce((sum, one) => sum + one.rows, 0n).toString();
    const ids = imports.map(({ id }) => id.toString());
    this.#deps.logger.info({ ...source, imports: ids, rows }, "rows came by bulk import: all are copied");
  }
}
