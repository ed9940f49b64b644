import type { PickPorts } from "./free-ports.js";
import type { Progress } from "./progress.js";

/** Options of everything that starts a server. */
export interface StartOptions {
  /** Ends the start, and every process it had started; not what runs after it. */
  readonly signal?: AbortSignal | undefined;
  /** Told what goes on while downloading and starting. Default: nothing. */
  readonly progress?: Progress | undefined;
  /** Keep data and logs in this folder, one sub-folder a server. Default: a temporary folder that stop() removes. */
  readonly dataDir?: string | undefined;
  /** Where downloads are kept. Default: see sandboxCacheDir. */
  readonly cacheDir?: string | undefined;
  /** How ports are chosen. Default: any free ones. */
  readonly pickPorts?: PickPorts | undefined;
}
