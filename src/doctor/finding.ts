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
export async function* findingsOf(subject: string, looks: readonly Look[]): AsyncGenerator<Finding, void> {
  for (const look of looks) {
    const limit = AbortSignal.timeout(LOOK_MS);
    try {
      yield { subject, ...(await untilAborted(look(limit), limit)) };
    } catch (error) {
      const { code, message, remedy } = CdcError.from(error);
      yield { subject, level: "fault", text: `${code}: ${message}`, remedy };
    }
  }
}
