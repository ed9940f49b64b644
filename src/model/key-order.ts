/** Negative when `a` comes before `b`. Text is ordered by its UTF-8 bytes, which differs from JavaScript's order beyond U+FFFF. */
export function compareKeys(a: bigint | string, b: bigint | string): number {
  if (a === b) return 0;
  if (typeof a === "bigint" || typeof b === "bigint") return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
