/** How far the copy of a collection's existing rows has come; remembered, so that a restart goes on. */
export interface RowCopy {
  readonly isDone: boolean;
  /** What the target has and the source no longer has is deleted: part of the log was missed. */
  readonly isReplacing: boolean;
  /** Names of the partitions that are copied; undefined is all of them. */
  readonly partitions: ReadonlySet<string> | undefined;
  /** Rows of the source, counted when the copy began; undefined before that, and of a copy of some partitions. */
  readonly totalRows: bigint | undefined;
  readonly copiedRows: bigint;
  /** By partition; of a collection with a partition key, whose partitions cannot be named, by the empty name. */
  readonly cursors: ReadonlyMap<string, CopyCursor>;
  /** Partitions that were loaded on the source for the copy and are to be released after; the empty name is the collection. */
  readonly loadedPartitions: readonly string[];
}

/** Rows of one partition are copied in the order of their keys. */
export interface CopyCursor {
  /** A partition made anew with the name of another one is copied from its first key; 0 when there are no names. */
  readonly partitionId: bigint;
  /** The largest key that is durable on the target; undefined before the first. */
  readonly lastKey: bigint | string | undefined;
  readonly isDone: boolean;
}

/** A copy that has not begun. */
export const NEW_COPY: RowCopy = {
  isDone: false,
  isReplacing: false,
  partitions: undefined,
  totalRows: undefined,
  copiedRows: 0n,
  cursors: new Map(),
  loadedPartitions: [],
};

/** A copy that begins once more; what an earlier one has loaded is still to be released. */
export function copyAgain(earlier: RowCopy | undefined, isReplacing: boolean): RowCopy {
  return { ...NEW_COPY, isReplacing, loadedPartitions: earlier?.loadedPartitions ?? [] };
}

/** Nothing is copied, and the target's collection is dropped before anything is written. */
export const DROP_FIRST: RowCopy = { ...NEW_COPY, isReplacing: true, isDone: true };

/** Whether the copy is `DROP_FIRST`: one that was carried out has been in some partition. */
export function isDropFirst(copy: RowCopy | undefined): boolean {
  return copy?.isReplacing === true && copy.isDone && copy.cursors.size === 0;
}

/** Whether rows of a partition are among those to be copied; an empty name is the whole of a collection. */
export function isCopied({ partitions }: RowCopy, name: string): boolean {
  return partitions === undefined || name === "" || partitions.has(name);
}

/** Whether the target may have rows that the copy has still to delete or to write over. */
export function isReplacing(copy: RowCopy | undefined): boolean {
  return copy?.isReplacing === true && !copy.isDone;
}
