/** What is different, by kind. */
export const DIFFERENCES = ["missing", "extra", "differing", "duplicated", "structure", "counts"] as const;
/** What a repair does about it. */
export const REPAIRS = ["copied", "deleted"] as const;

/** Those numbers that are not 0, each with its name. */
export function countTexts<N extends string>(
  one: Readonly<Record<N, bigint>>,
  names: readonly N[],
): readonly string[] {
  return names.filter((name) => one[name] > 0n).map((name) => `${name} ${one[name]}`);
}
