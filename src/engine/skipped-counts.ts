import type { SkippedCount, SkippedReason } from "../model/skipped.js";

/** A log that is garbage must not fill the memory with reasons. */
const MAX_REASONS = 100;

const OTHERS: SkippedReason = {
  text: "other reasons",
  remedy: "There are too many to count each; the log of the service names them.",
};

/** Counts what was left out, by reason. */
export class SkippedCounts {
  readonly #byText = new Map<string, { readonly reason: SkippedReason; records: bigint }>();

  add(reason: SkippedReason, records = 1): void {
    const count = this.#byText.get(reason.text);
    if (count !== undefined) count.records += BigInt(records);
    else if (this.#byText.size < MAX_REASONS || reason === OTHERS)
      this.#byText.set(reason.text, { reason, records: BigInt(records) });
    else this.add(OTHERS, records);
  }

  get all(): readonly SkippedCount[] {
    return Array.from(this.#byText.values(), ({ reason, records }) => ({ reason, records }));
  }
}
