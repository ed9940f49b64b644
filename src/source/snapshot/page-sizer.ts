import type { PrimaryKeys } from "../../model/change-event.js";
import type { CollectionId } from "../../model/ids.js";
import { MAX_PAGE_ROWS } from "./key-scan.js";
import type { PageWish } from "./plan-range.js";
import { RecentMap } from "./recent-map.js";

const FIRST_PAGE_ROWS = 128;
/** A page may have that many times the rows of the one before, or a part of them after a failure. */
const GROWTH = 8;
const SHRINKAGE = 4;
/** More than anybody copies at once; what is forgotten is learned again. */
const MAX_COLLECTIONS = 1_000;

/** How many rows make a page of about the wanted size, and how far apart their keys lie, learned from each collection's last page. */
export class PageSizer {
  readonly #pageBytes: number;
  readonly #rowBytes = new RecentMap<CollectionId, number>(MAX_COLLECTIONS);
  readonly #keysPerRow = new RecentMap<CollectionId, number>(MAX_COLLECTIONS);

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  wish(id: CollectionId): PageWish {
    const rows = Math.floor(this.#pageBytes / this.#bytesOf(id));
    return { rows: Math.min(MAX_PAGE_ROWS, Math.max(1, rows)), keysPerRow: this.#keysPerRow.get(id) };
  }

  learn(id: CollectionId, page: { readonly keys: PrimaryKeys; readonly sizeBytes: number }): void {
    const rows = page.keys.length;
    if (rows === 0) return;
    this.#set(id, Math.max(page.sizeBytes / rows, this.#bytesOf(id) / GROWTH));
    const [first, last] = [page.keys[0], page.keys.at(-1)];
    if (typeof first === "bigint" && typeof last === "bigint" && rows > 1)
      this.#keysPerRow.set(id, Number(last - first) / (rows - 1));
  }

  /** Too large an answer is one of the reasons why a page cannot be read. */
  failed(id: CollectionId): void {
    this.#set(id, this.#bytesOf(id) * SHRINKAGE);
  }

  #bytesOf(id: CollectionId): number {
    return this.#rowBytes.get(id) ?? this.#pageBytes / FIRST_PAGE_ROWS;
  }

  #set(id: CollectionId, bytes: number): void {
    // beyond these, a page has one row, or as many as can be
    this.#rowBytes.set(id, Math.min(this.#pageBytes, Math.max(this.#pageBytes / MAX_PAGE_ROWS, bytes)));
  }
}
