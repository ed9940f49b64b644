import { sandboxCacheDir } from "./cache.js";
import type { Progress } from "./progress.js";
import type { StartOptions } from "./start-options.js";

/** What everything that fetches needs. */
export interface FetchContext {
  readonly cacheDir: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Fills in the defaults: the user's cache, no progress, no abort. */
export function createFetchContext(options: StartOptions): FetchContext {
  return {
    cacheDir: options.cacheDir ?? sandboxCacheDir(),
    progress: options.progress ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  };
}
