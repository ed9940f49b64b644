import { untilAborted } from "../async/abort.js";
import type { CollectionId } from "../model/ids.js";
import type { Listing, SourceCatalogue } from "../source/source-catalogue.js";
import type { RetryBoard } from "./retry-board.js";

/** What no topic tells is noticed within this time. */
const REFRESH_EVERY_MS = 3_000;
/** A creation is logged a little before it can be seen. */
const EXPECTED_EVERY_MS = 50;
/** A creation that is not seen for this long never happened: creating what exists is logged too. */
const EXPECTED_FOR_MS = 5_000;

/** Looks at what exists on the source: regularly, when the log gives a hint, and when asked. */
export class CatalogueWatch {
  readonly #catalogue: SourceCatalogue;
  readonly #retries: RetryBoard;
  readonly #onListing: (listing: Listing) => Promise<void>;
  readonly #stopping: AbortSignal;
  readonly #expected = new Map<CollectionId, number>();
  #running: Promise<unknown> = Promise.resolve();
  #queued: Promise<Listing> | undefined;
  #wake: (() => void) | undefined;

  constructor(
    catalogue: SourceCatalogue,
    retries: RetryBoard,
    onListing: (listing: Listing) => Promise<void>,
    stopping: AbortSignal,
  ) {
    this.#catalogue = catalogue;
    this.#retries = retries;
    this.#onListing = onListing;
    this.#stopping = stopping;
  }

  /** Looks once; what existed at the time of the call has been seen when it resolves. Calls share looks. */
  refresh(): Promise<Listing> {
    this.#queued ??= this.#running.then(() => {
      this.#queued = undefined;
      return this.#look();
    });
    this.#running = this.#queued.catch(() => undefined);
    return this.#queued;
  }

  /** The log says that a collection is being created. */
  expect(id: CollectionId): void {
    this.#expected.set(id, performance.now() + EXPECTED_FOR_MS);
    this.#wake?.();
  }

  async run(): Promise<never> {
    for (;;) {
      await this.#wait(this.#expected.size > 0 ? EXPECTED_EVERY_MS : REFRESH_EVERY_MS);
      await this.refresh();
    }
  }

  async #look(): Promise<Listing> {
    const listing = await this.#retries.retry(
      "catalogue of the source",
      () => this.#catalogue.list(this.#stopping),
      this.#stopping,
    );
    for (const [id, untilMs] of this.#expected) {
      if (listing.collections.has(id) || performance.now() > untilMs) this.#expected.delete(id);
    }
    await this.#onListing(listing);
    return listing;
  }

  async #wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      this.#wake = () => {
        // the first hint of a quiet time is followed at once
        if (ms === REFRESH_EVERY_MS) resolve();
      };
    });
    try {
      await untilAborted(woken, this.#stopping);
    } finally {
      clearTimeout(timer);
    }
  }
}
