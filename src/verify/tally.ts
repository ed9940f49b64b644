import type {
  CollectionVerification,
  Difference,
  DifferenceKind,
  VerifyUpdate,
} from "../model/verification.js";
import { differencesOf } from "../model/verification.js";
import type { CollectionName } from "../model/selection.js";

/** Differences that are told one by one, of all collections together; the others are counted. */
const MAX_LISTED = 1_000;

/** How many differences may still be told one by one. */
export class Listing {
  readonly #emit: (update: VerifyUpdate) => void;
  #left = MAX_LISTED;

  constructor(emit: (update: VerifyUpdate) => void) {
    this.#emit = emit;
  }

  get left(): number {
    return this.#left;
  }

  tell(difference: Difference): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#emit({ kind: "difference", difference });
  }
}

type Counter = Exclude<keyof CollectionVerification, "source" | "target" | "problems" | "maxDifferingShare">;

/** What is found of one collection, as it is found. */
export class Tally {
  readonly listing: Listing;
  readonly #names: { readonly source: CollectionName; readonly target: CollectionName };
  readonly #counts = new Map<Counter, bigint>();
  readonly #problems: string[] = [];
  maxDifferingShare: number | undefined;

  constructor(names: { source: CollectionName; target: CollectionName }, listing: Listing) {
    this.#names = names;
    this.listing = listing;
  }

  add(counter: Counter, count: number): void {
    this.#counts.set(counter, this.#of(counter) + BigInt(count));
  }

  /** A difference of a row. */
  row(kind: DifferenceKind, difference: Omit<Difference, "kind" | "collection">, rows = 1): void {
    this.add(kind, rows);
    this.listing.tell({ kind, collection: this.#names.source, ...difference });
  }

  /** A difference of anything else. */
  other(
    counter: "structure" | "counts",
    difference: Omit<Difference, "collection" | "key" | "columns">,
  ): void {
    this.add(counter, 1);
    this.listing.tell({ collection: this.#names.source, ...difference });
  }

  problem(text: string): void {
    if (!this.#problems.includes(text)) this.#problems.push(text);
  }

  get differences(): bigint {
    return differencesOf(this.result);
  }

  get result(): CollectionVerification {
    return {
      ...this.#names,
      sourceRows: this.#of("sourceRows"),
      targetRows: this.#of("targetRows"),
      comparedRows: this.#of("comparedRows"),
      missing: this.#of("missing"),
      extra: this.#of("extra"),
      differing: this.#of("differing"),
      duplicated: this.#of("duplicated"),
      structure: this.#of("structure"),
      counts: this.#of("counts"),
      settled: this.#of("settled"),
      restless: this.#of("restless"),
      copied: this.#of("copied"),
      deleted: this.#of("deleted"),
      maxDifferingShare: this.maxDifferingShare,
      problems: this.#problems,
    };
  }

  #of(counter: Counter): bigint {
    return this.#counts.get(counter) ?? 0n;
  }
}
