import type { Column, PrimaryKeys } from "../../model/change-event.js";
import type { Key } from "../../model/key-span.js";

/** What Milvus can be asked about the rows of one partition. Ranges are `after` < key <= `upTo`; undefined is no bound. */
export interface KeyScan {
  readonly hasTextKeys: boolean;
  keys(after: Key | undefined, limit: number): Promise<PrimaryKeys>;
  /** Rows of equal keys are counted one by one. */
  count(after: Key | undefined, upTo: Key | undefined): Promise<number>;
  rows(after: Key | undefined, upTo: Key | undefined, limit: number): Promise<ScannedRows>;
}

/** One row of each key. */
export interface ScannedRows {
  readonly columns: readonly Column[];
  readonly keys: PrimaryKeys;
}

/** What a server takes as a limit. */
export const MAX_LIMIT = 16_384;
/** How many more rows than were counted are asked for, in case they come in between. */
export const SPARE = 1_024;
/** Rows that a page may be planned with, so that even twice as many would leave something of the limit. */
export const MAX_PAGE_ROWS = 14_336;
