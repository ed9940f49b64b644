import type { Finding } from "./finding.js";

/** A finding, in one line or, with what to do, in two. */
export function findingText({ level, subject, text, remedy }: Finding): string {
  const line = `${level.padEnd(7)}  ${subject}: ${text}`;
  return remedy === undefined ? line : `${line}\n         ${remedy}`;
}
