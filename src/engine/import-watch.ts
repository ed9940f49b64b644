import { sleep } from "../async/abort.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import type { Lane } from "./lane.js";
import type { RetryBoard } from "./retry-board.js";

/** A source shows imported rows ten seconds and more after it has imported them: looking more often helps little. */
const LOOK_EVERY_MS = 5_000;
const PLACE = "bulk imports of the source";

export interface ImportWatchDeps {
  readonly catalogue: SourceCatalogue;
  /** Those that there are at the time of the call. */
  readonly lanes: () => readonly Lane[];
  readonly retries: RetryBoard;
}

/** Tells lanes of their bulk imports until the signal aborts. A look that fails is shown, and is no reason to stop. */
export async function watchImports(deps: ImportWatchDeps, signal: AbortSignal): Promise<never> {
  for (let attempts = 1; ;) {
    await sleep(LOOK_EVERY_MS, signal);
    try {
      await look(deps, signal);
      deps.retries.report(PLACE, undefined);
      attempts = 1;
    } catch (error) {
      signal.throwIfAborted();
      deps.retries.report(PLACE, { error, attempts: attempts++, delayMs: LOOK_EVERY_MS });
    }
  }
}

async function look({ catalogue, lanes }: ImportWatchDeps, signal: AbortSignal): Promise<void> {
  const imports = await catalogue.imports(signal);
  if (imports.length === 0) return;
  const at = await catalogue.now(signal);
  for (const lane of lanes()) {
    const own = imports.filter(({ collectionId }) => collectionId === lane.collection.id);
    lane.imported(own, at);
  }
}
