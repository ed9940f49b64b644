import { CdcError } from "./errors.js";

/**
 * Where a new task starts.
 *
 * - `snapshot`: with the existing rows, and everything written from then on.
 * - `latest`: with what is written from then on.
 * - `earliest`: with the oldest record that the log holds.
 * - `time`: with what was written at or after a moment that the log still holds, in whole ms since 1970.
 */
export type StartPosition =
  { readonly kind: "snapshot" | "latest" | "earliest" } | { readonly kind: "time"; readonly ms: number };

const KINDS = ["snapshot", "latest", "earliest"] as const;
const FIELD = "start_position";

/**
 * Reads a start position as users write it; `now` is in ms since 1970. Fractions of a millisecond are cut off.
 *
 * @throws CdcError INVALID_ARGUMENT naming `start_position`
 */
export function parseStartPosition(text: string, now: number): StartPosition {
  const kind = KINDS.find((name) => name === text);
  if (kind !== undefined) return { kind };
  const ms = parseTime(text);
  if (ms === undefined) {
    const times = "a time of RFC 3339 such as 2026-11-23T12:00:00Z";
    throw invalid(`must be ${KINDS.join(", ")}, or ${times}`);
  }
  if (ms < 0) throw invalid("lies before 1970; use earliest for the oldest record that the log holds");
  if (ms > now) throw invalid(`lies in the future, it is ${new Date(now).toISOString()}; use latest for now`);
  return { kind: "time", ms };
}

/** The way back; times are in UTC. */
export function startPositionText(start: StartPosition): string {
  return start.kind === "time" ? new Date(start.ms).toISOString() : start.kind;
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:(\.\d{1,3})\d{0,6})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

function parseTime(text: string): number | undefined {
  const [, date = "", time = "", fraction = "", zone = ""] = RFC_3339.exec(text) ?? [];
  // JavaScript takes February 30 for March 2
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  return Date.parse(`${date}T${time}${fraction}${zone.toUpperCase()}`);
}

function invalid(description: string): CdcError {
  return new CdcError("INVALID_ARGUMENT", description, { field: FIELD });
}
