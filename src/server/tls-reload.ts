import type * as https from "node:https";
import { sleep } from "../async/abort.js";
import { CdcError } from "../model/errors.js";
import type { ServerLogger } from "./server-logger.js";
import type { TlsOptions } from "./server-options.js";
import { readTlsFiles } from "./tls-files.js";

/** Looking is cheap, and what renews certificates does so days before they expire. Watching would miss files that are swapped by a link. */
const LOOK_EVERY_MS = 30_000;

/** Gives a server its certificate files anew whenever they have changed; connections that are open go on. */
export class TlsReload {
  readonly #options: TlsOptions;
  readonly #use: (files: https.ServerOptions) => void;
  readonly #logger: ServerLogger;
  #used: string;

  constructor(
    options: TlsOptions,
    used: https.ServerOptions,
    use: (files: https.ServerOptions) => void,
    logger: ServerLogger,
  ) {
    this.#options = options;
    this.#use = use;
    this.#logger = logger;
    this.#used = contentOf(used);
  }

  /** Looks at the files now. Those that are no use are left, and what was read before is used on. Never rejects. */
  async look(): Promise<void> {
    try {
      const files = await readTlsFiles(this.#options);
      const content = contentOf(files);
      if (content === this.#used) return;
      this.#use(files);
      this.#used = content;
      this.#logger.info({}, "certificate files read again");
    } catch (error) {
      // also while a certificate is new and its key is still to come
      this.#logger.error({ err: CdcError.from(error) }, "certificate files not read again");
    }
  }

  /** Looks again and again, until the signal aborts. */
  async run(signal: AbortSignal, everyMs = LOOK_EVERY_MS): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, signal).catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
      if (!signal.aborted) await this.look();
    }
  }
}

function contentOf({ cert, key, ca }: https.ServerOptions): string {
  return [cert, key, ca].map(String).join("\n");
}
