import type { Key } from "../model/key-span.js";
import { fullName } from "../model/selection.js";
import type { PrimaryKeys } from "../model/change-event.js";
import { CdcError } from "../model/errors.js";
import type { HybridTs } from "../model/ids.js";
import type { PageRequest, RowCollection, RowPage, SourcePartition } from "../source/row-source.js";
import type { Rows } from "./compare-rows.js";
import { patiently } from "./patiently.js";
import type { Throttle } from "./throttle.js";
import type { VerifiedRows, VerifiedSide } from "./verified-side.js";

/** Who asks for what is newer waits for it, so that one does so only every few seconds. */
const RECENT_MS = 5_000;

/** Reads the rows of one collection of one side, no faster than is allowed, and once more when the side fails. */
export class SideReader {
  readonly #side: VerifiedSide;
  readonly #collection: RowCollection;
  readonly #throttle: Throttle;
  readonly #signal: AbortSignal;
  #recentTs: HybridTs = 0n;
  #recentAtMs = -Infinity;

  constructor(side: VerifiedSide, collection: RowCollection, throttle: Throttle, signal: AbortSignal) {
    this.#side = side;
    this.#collection = collection;
    this.#throttle = throttle;
    this.#signal = signal;
  }

  get hasTextKeys(): boolean {
    return this.#side.rows.hasTextKeys(this.#collection);
  }

  now(): Promise<HybridTs> {
    return patiently(() => this.#side.catalogue.now(this.#signal), this.#signal);
  }

  async partitions(): Promise<readonly SourcePartition[]> {
    return this.#ask((rows) => rows.partitions(this.#collection, this.#signal));
  }

  /** Undefined when there is none. */
  async smallestKey(partition: SourcePartition): Promise<Key | undefined> {
    const { keys } = await this.#page({ partition, after: undefined, maxRows: 1 });
    return keys[0];
  }

  page(partition: SourcePartition, after: Key | undefined, upTo: Key | undefined): Promise<RowPage> {
    return this.#page({ partition, after, upTo, maxRows: this.#throttle.maxRows });
  }

  async #page(request: Omit<PageRequest, "atLeast">): Promise<RowPage> {
    const atLeast = await this.#recent();
    const page = await this.#ask((rows) =>
      rows.read(this.#collection, { ...request, atLeast }, this.#signal),
    );
    await this.#throttle.read(page.keys.length, this.#signal);
    return page;
  }

  /** Shows everything that was there when it was asked. */
  async rowsOf(partition: SourcePartition, keys: readonly Key[]): Promise<Rows> {
    const asked = keys as PrimaryKeys;
    const atLeast = await this.now();
    const rows = await this.#ask((side) =>
      side.readKeys(this.#collection, { partition, keys: asked, atLeast }, this.#signal),
    );
    await this.#throttle.read(rows.keys.length, this.#signal);
    return rows;
  }

  async presentOf(partition: SourcePartition, keys: PrimaryKeys): Promise<PrimaryKeys> {
    const atLeast = await this.#recent();
    return this.#ask((rows) =>
      rows.presentKeys(this.#collection, { partition, keys, atLeast }, this.#signal),
    );
  }

  async countOf(partition: SourcePartition, keys: PrimaryKeys): Promise<number> {
    const atLeast = await this.#recent();
    return this.#ask((rows) => rows.countKeys(this.#collection, { partition, keys, atLeast }, this.#signal));
  }

  async countRange(
    partition: SourcePartition,
    { after, upTo }: { readonly after: Key | undefined; readonly upTo: Key | undefined },
    { isFresh = false } = {},
  ): Promise<number> {
    const atLeast = isFresh ? await this.now() : await this.#recent();
    return this.#ask((rows) =>
      rows.countRange(this.#collection, { partition, after, upTo, atLeast }, this.#signal),
    );
  }

  async #recent(): Promise<HybridTs> {
    const nowMs = performance.now();
    if (nowMs - this.#recentAtMs > RECENT_MS) {
      this.#recentTs = await this.now();
      this.#recentAtMs = nowMs;
    }
    return this.#recentTs;
  }

  #ask<T>(action: (rows: VerifiedRows) => Promise<T | undefined>): Promise<T> {
    return patiently(async () => {
      const answer = await action(this.#side.rows);
      if (answer !== undefined) return answer;
      throw new CdcError(
        "TASK_STATE_CONFLICT",
        `${fullName(this.#collection.name)} was changed while it was compared`,
      );
    }, this.#signal);
  }
}
