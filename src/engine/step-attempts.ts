import type { StructureStep } from "../model/structure.js";
import { ineffectiveText, refusedText } from "./structure-problems.js";

/** A step that was taken is not due again before; doubles from try to try. */
const FIRST_DELAY_MS = 5_000;
const MAX_DELAY_MS = 60_000;
/** It may happen that something is undone while it is done; not this often. */
const WITHOUT_EFFECT = 3;

/** What a collection is released for, and loaded after. */
const NEED_RELEASE: readonly StructureStep["kind"][] = [
  "drop-index",
  "create-index",
  "load",
  "load-partitions",
];

interface Attempts {
  readonly step: StructureStep;
  readonly count: number;
  readonly nextAtMs: number;
  /** Why it was refused, the last time. */
  readonly refusal: string | undefined;
}

/**
 * Remembers the steps that comparisons ask for again and again: what the target
 * refuses, and what it accepts without effect, such as a load for which it
 * lacks memory. They are tried ever more seldom.
 */
export class StepAttempts {
  #byStep = new Map<string, Attempts>();

  /** The steps that a comparison asks for; all others are settled. Answers those that are due. */
  plan(steps: readonly StructureStep[]): StructureStep[] {
    const keys = new Set(steps.map(keyOf));
    this.#byStep = new Map([...this.#byStep].filter(([key]) => keys.has(key)));
    const due = steps.filter((step) => (this.#byStep.get(keyOf(step))?.nextAtMs ?? 0) <= performance.now());
    // released for the sake of a step that is not due, a collection would be away for nothing
    const isWaiting = steps.some((step) => NEED_RELEASE.includes(step.kind) && !due.includes(step));
    return isWaiting ? due.filter(({ kind }) => kind !== "release") : due;
  }

  /** A step was taken, or refused with a reason. */
  took(step: StructureStep, refusal?: string): void {
    const count = (this.#byStep.get(keyOf(step))?.count ?? 0) + 1;
    // the second try is left to the next comparison
    const delayMs = count === 1 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1));
    this.#byStep.set(keyOf(step), { step, count, nextAtMs: performance.now() + delayMs, refusal });
  }

  get problems(): string[] {
    return [...this.#byStep.values()].flatMap(({ step, count, refusal }) => {
      if (refusal !== undefined) return refusedText(step, refusal);
      return count < WITHOUT_EFFECT ? [] : ineffectiveText(step, count);
    });
  }
}

function keyOf(step: StructureStep): string {
  return JSON.stringify(step);
}
