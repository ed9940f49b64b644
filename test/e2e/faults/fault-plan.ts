import type { Random } from "../../support/random.js";
import type { Fault } from "./fault.js";

/** A fault at its time. */
export interface PlannedFault {
  readonly fault: Fault;
  /** From the beginning of its round. */
  readonly afterMs: number;
  readonly lastsMs: number;
}

/** Faults that overlap; the servers recover before the next round. */
export type Round = readonly PlannedFault[];

const MIN_LAST_MS = 300;
const MAX_AFTER_MS = 2_000;

/**
 * Draws rounds for ever: every fault comes once, in any order, alone or with
 * another one, before one comes again. The times depend on nothing but the draws.
 *
 * @param share of the longest time that faults may last
 * @param pairing how many of ten rounds hold two faults
 */
export function* planRounds(
  random: Random,
  faults: readonly Fault[],
  { share, pairing }: { share: number; pairing: number },
): Generator<Round, never> {
  for (;;) {
    const left = random.some(faults, faults.length);
    for (let first = left.shift(); first !== undefined; first = left.shift()) {
      const { subjects } = first;
      const others = left.filter((fault) => !fault.subjects.some((subject) => subjects.includes(subject)));
      const second = random.int(10) < pairing ? others[0] : undefined;
      if (second !== undefined) left.splice(left.indexOf(second), 1);
      const chosen = second === undefined ? [first] : [first, second];
      yield chosen.map((fault) => {
        const afterMs = random.int(MAX_AFTER_MS * share);
        const lastsMs = MIN_LAST_MS + random.int(fault.maxMs * share);
        return { fault, afterMs, lastsMs };
      });
    }
  }
}

export function describeRound(round: Round): string {
  return round
    .map(({ fault, afterMs, lastsMs }) => {
      const after = afterMs === 0 ? "" : ` after ${seconds(afterMs)}`;
      return `${fault.name}${after} for ${seconds(lastsMs)}`;
    })
    .join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
