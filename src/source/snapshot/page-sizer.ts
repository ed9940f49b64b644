import type { CollectionId } from "../../model/ids.js";
import { MAX_PAGE_ROWS } from "./read-page.js";

const FIRST_PAGE_ROWS = 128;
/** A page may have that many times the rows of the one before, or a part of them after a failure. */
const GROWTH = 8;
const SHRINKAGE = 4;
/** More than anybody copies at once; what is forgotten is learned again. */
const MAX_COLLECTIONS = 1_000;

/** How many rows make a page of about the wanted size, learned from each collection's last page. */
export class PageSizer {
  readonly #pageBytes: number;
  /** In the order of their last use. */
  readonly #rowBytes = new Map<CollectionId, number>();

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  rows(id: CollectionId): number {
    const rows = Math.floor(this.#pageBytes / this.#bytesOf(id));
    return Math.min(MAX_PAGE_ROWS, Math.max(1, rows));
  }

  learn(id: CollectionId, page: { readonly rows: number; readonly sizeBytes: number }): void {
    if (page.rows > 0) this.#set(id, Math.max(page.sizeBytes / page.rows, this.#bytesOf(id) / GROWTH));
  }

  /** Too large an answer is one of the reasons why a page cannot be read. */
  failed(id: CollectionId): void {
    this.#set(id, this.#bytesOf(id) * SHRINKAGE);
  }

  #bytesOf(id: CollectionId): number {
    return this.#rowBytes.get(id) ?? this.#pageBytes / FIRST_PAGE_ROWS;
  }

  #set(id: CollectionId, bytes: number): void {
    this.#rowBytes.delete(id);
    // beyond these, a page has one row, or as many as can be
    this.#rowBytes.set(id, Math.min(this.#pageBytes, Math.max(this.#pageBytes / MAX_PAGE_ROWS, bytes)));
    const [oldest] = this.#rowBytes.keys();
    if (this.#rowBytes.size > MAX_COLLECTIONS && oldest !== undefined) this.#rowBytes.delete(oldest);
  }
}
