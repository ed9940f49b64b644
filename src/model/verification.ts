import type { CollectionName } from "./selection.js";

/** How much is compared: numbers of rows; the rows of some ranges of keys; or every row. Structure always. */
export type VerifyLevel = (typeof VERIFY_LEVELS)[number];
/** From the most superficial one. */
export const VERIFY_LEVELS = ["counts", "sample", "full"] as const;

export interface VerifyOptions {
  readonly level: VerifyLevel;
  /** Of each side; undefined is no limit. */
  readonly maxRowsPerSecond?: number | undefined;
  /** Ranges of keys that a sample has, in each partition. */
  readonly sampleRanges?: number | undefined;
  /** Rows that differ are made equal. */
  readonly repair: boolean;
  /** What a repair would do is counted, and not done. */
  readonly dryRun: boolean;
}

export type DifferenceKind = "missing" | "extra" | "differing" | "duplicated";

/** One way in which the target differs from the source: of a row when it has a key, else of something else. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The source's. */
  readonly collection: CollectionName;
  readonly partition?: string | undefined;
  readonly key?: bigint | string | undefined;
  /** In which the row differs. */
  readonly columns?: readonly string[] | undefined;
  /** What it is when it is no row, such as `index vec`. */
  readonly object?: string | undefined;
  /** What both sides have, in words. */
  readonly detail?: string | undefined;
}

/** What was found of one collection. */
export interface CollectionVerification {
  readonly source: CollectionName;
  readonly target: CollectionName;
  /** Rows that were counted on each side, in all that was looked at. */
  readonly sourceRows: bigint;
  readonly targetRows: bigint;
  /** Rows of the source whose values were compared. */
  readonly comparedRows: bigint;
  readonly missing: bigint;
  readonly extra: bigint;
  readonly differing: bigint;
  /** Rows that the target has more than once, beyond those that the source has so. */
  readonly duplicated: bigint;
  /** Differences of anything but rows. */
  readonly structure: bigint;
  /** Numbers of rows that differ where rows were not compared. */
  readonly counts: bigint;
  /** Seemed different, and were equal when the target had come up to the source. */
  readonly settled: bigint;
  /** Rows that were written so often that nothing can be said of them. */
  readonly restless: bigint;
  /** By a repair, or what one would do. */
  readonly copied: bigint;
  readonly deleted: bigint;
  /** Of a sample: with a confidence of 95 %, no larger share of the rows differs when no difference was found. */
  readonly maxDifferingShare?: number | undefined;
  /** Why something was not compared; in sentences. */
  readonly problems: readonly string[];
}

export type VerifyUpdate =
  | { readonly kind: "progress"; readonly progress: VerifyProgress }
  | { readonly kind: "difference"; readonly difference: Difference }
  | { readonly kind: "result"; readonly result: VerifyResult };

export interface VerifyProgress {
  /** The collection that is being compared. */
  readonly collection: CollectionName;
  readonly collectionsDone: number;
  readonly collectionsTotal: number;
  readonly comparedRows: bigint;
  readonly differences: bigint;
}

export interface VerifyResult {
  /** No difference was found. */
  readonly isEqual: boolean;
  /** Everything that was to be compared was. */
  readonly isComplete: boolean;
  readonly level: VerifyLevel;
  readonly collections: readonly CollectionVerification[];
  /** Rows were made equal, and nobody has compared them since. */
  readonly isRepaired?: boolean | undefined;
}

/** Numbers of differences by their kind. */
export const DIFFERENCE_COUNTS = [
  "missing",
  "extra",
  "differing",
  "duplicated",
  "structure",
  "counts",
] as const;

/** All differences of a collection but those that only seemed to be. */
export function differencesOf(found: CollectionVerification): bigint {
  return DIFFERENCE_COUNTS.reduce((sum, name) => sum + found[name], 0n);
}
