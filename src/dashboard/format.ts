import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";

/** What is shown where nothing is known. */
export const NOTHING = "–";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.34 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `6 d 3 h`. */
export function duration(ms: bigint | number | undefined): string {
  if (ms === undefined) return NOTHING;
  const value = Math.max(0, Number(ms));
  if (value < 10 * SECOND) return `${(value / SECOND).toFixed(2)} s`;
  if (value < MINUTE) return `${Math.round(value / SECOND)} s`;
  if (value < HOUR) return two(value, [MINUTE, "min"], [SECOND, "s"]);
  if (value < DAY) return two(value, [HOUR, "h"], [MINUTE, "min"]);
  return two(value, [DAY, "d"], [HOUR, "h"]);
}

function two(ms: number, [large, name]: [number, string], [small, smallName]: [number, string]): string {
  const wholes = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? `${wholes} ${name}` : `${wholes} ${name} ${rest} ${smallName}`;
}

/** With thin spaces between thousands. */
export function count(value: bigint | number | undefined): string {
  if (value === undefined) return NOTHING;
  const whole = typeof value === "bigint" ? value : BigInt(Math.round(value));
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Small rates are not rounded away. */
export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);
}

/** In MB/s. */
export function megabytes(bytesPerSecond: number): string {
  const value = bytesPerSecond / 1e6;
  return value > 0 && value < 0.01 ? "< 0.01" : value.toFixed(value < 10 ? 2 : 0);
}

/** Whole percents, and 100 only when it is done. */
export function percent(part: bigint, whole: bigint): number {
  if (whole <= 0n) return 0;
  return part >= whole ? 100 : Number((part * 100n) / whole);
}

/** In the reader's own time zone. */
export function time(at: Timestamp | undefined): string {
  return at === undefined ? NOTHING : timestampDate(at).toLocaleString();
}

export function iso(at: Timestamp | undefined): string | undefined {
  return at === undefined ? undefined : timestampDate(at).toISOString();
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
