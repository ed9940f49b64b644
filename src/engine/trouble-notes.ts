import { isDisconnected } from "./retry-board.js";
import type { RetryInfo } from "./task-view.js";

/** Trouble that lasts as long is worth remembering; so is its end, when none has come again for as long. */
const WORTH_NOTING_MS = 5_000;

interface Trouble {
  /** Other trouble is noted anew; other words for the same are not. */
  readonly kind: string;
  readonly sinceMs: number;
  readonly text: string;
}

/**
 * What of a task's trouble is told to its history. Short trouble is the ordinary life of a network,
 * and would push what matters out of there.
 */
export class TroubleNotes {
  readonly #tell: (text: string) => void;
  #present: Trouble | undefined;
  #noted: Trouble | undefined;
  #lastAtMs = 0;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** To be called about once a second. */
  look(retry: RetryInfo | undefined, stall: string | undefined, nowMs: number): void {
    const seen = retry === undefined ? stalled(stall, nowMs) : failing(retry, nowMs);
    const isSame = seen?.kind === this.#present?.kind;
    this.#present = isSame && seen ? { ...seen, sinceMs: this.#present?.sinceMs ?? seen.sinceMs } : seen;
    if (seen !== undefined) this.#lastAtMs = nowMs;
    this.#noteTrouble(nowMs);
    this.#noteEnd(nowMs);
  }

  #noteTrouble(nowMs: number): void {
    const trouble = this.#present;
    if (trouble === undefined || trouble.kind === this.#noted?.kind) return;
    if (nowMs - trouble.sinceMs < WORTH_NOTING_MS) return;
    this.#tell(trouble.text);
    this.#noted = { ...trouble, sinceMs: this.#noted?.sinceMs ?? trouble.sinceMs };
  }

  #noteEnd(nowMs: number): void {
    if (this.#noted === undefined || nowMs - this.#lastAtMs < WORTH_NOTING_MS) return;
    this.#tell(`well again after ${Math.round((this.#lastAtMs - this.#noted.sinceMs) / 1_000)} s`);
    this.#noted = undefined;
  }
}

function stalled(stall: string | undefined, nowMs: number): Trouble | undefined {
  return stall === undefined ? undefined : { kind: "stalled", sinceMs: nowMs, text: `stalled: ${stall}` };
}

function failing(retry: RetryInfo, nowMs: number): Trouble {
  const { error, sinceMs } = retry;
  const explained = `${error.code}: ${error.message}`;
  if (isDisconnected(retry, nowMs)) return { kind: error.code, sinceMs, text: `disconnected: ${explained}` };
  // of several that fail side by side, now one and now another has been tried most often
  return { kind: "retrying", sinceMs, text: `retrying: ${explained}` };
}
