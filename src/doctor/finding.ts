import { untilAborted } from "../async/abort.js";
import { CdcError } from "../model/errors.js";

/** What one look has found. */
export interface Finding {
  /** `warning`: it works, and may not do so for long, or cannot be told. */
  readonly level: "ok" | "warning" | "fault";
  /** What was looked at, such as `source default`. */
  readonly subject: string;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string | undefined;
}

/** A look at one thing. */
export type Look = (signal: AbortSignal) => Promise<Omit<Finding, "subject">>;

const LOOK_MS = 15_000;

/** Looks one after the other, and tells what each has found; one that fails is a finding, too. */
export async function* findingsOf(
  subject: string,
  looks: readonly Look[],
  lookMs = LOOK_MS,
): AsyncGenerator<Finding, void> {
  for (const look of looks) {
    const limit = AbortSignal.timeout(lookMs);
    try {
      yield { subject, ...(await untilAborted(look(limit), limit)) };
    } catch (error) {
      yield { subject, level: "fault", ...(limit.aborted ? tooSlow(lookMs) : failureOf(error)) };
    }
  }
}

function failureOf(error: unknown): Pick<Finding, "text" | "remedy"> {
  const { code, message, remedy } = CdcError.from(error);
  return { text: `${code}: ${message}`, remedy };
}

/** Whatever it says then, it says because it was cut off. */
function tooSlow(lookMs: number): Pick<Finding, "text" | "remedy"> {
  return {
    text: `no answer within ${lookMs / 1_000} s`,
    remedy:
      "It is overloaded or hangs, or something between swallows what is sent, such as a firewall; see its log.",
  };
}
