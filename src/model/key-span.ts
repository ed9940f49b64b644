/** A primary key. */
export type Key = bigint | string;

/** Keys larger than `after` and not larger than `upTo`; undefined is no bound. */
export interface KeySpan {
  readonly after: Key | undefined;
  readonly upTo: Key | undefined;
}
