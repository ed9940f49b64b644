/** A line of the table. */
export interface Line {
  readonly name: string;
  readonly measured: string;
  /** Absent where nothing was promised. */
  readonly goal?: string;
  /** To the goal, or to what the line says it is compared with. */
  readonly ratio?: string;
  readonly isMet?: boolean;
}

/** A line of a value that must not be larger than its goal. */
export function atMost(name: string, value: number, goal: number, unit: string): Line {
  return {
    name,
    measured: `${shortened(value)} ${unit}`,
    goal: `<= ${shortened(goal)} ${unit}`,
    ratio: (value / goal).toFixed(2),
    isMet: value <= goal,
  };
}

/** A rate beside what it is compared with. */
export function compared(
  name: string,
  rowsPerSecond: number,
  ratio: number,
  { of, goal }: { of: string; goal?: number },
): Line {
  const ratioText = `${ratio.toFixed(2)} of ${of}`;
  const line = { name, measured: rate(rowsPerSecond), ratio: ratioText };
  if (goal === undefined) return line;
  return { ...line, goal: `>= ${goal} of ${of}`, isMet: ratio >= goal };
}

/** Percentiles beside those that are wanted. */
export function percentiles(
  name: string,
  values: readonly number[],
  goal: readonly number[] | undefined,
): Line {
  const found = [0.5, 0.95, 0.99].map((part) => Math.round(percentile(values, part)));
  const line = { name, measured: `${found.join(" / ")} ms` };
  if (goal === undefined) return line;
  const ratios = found.map((value, i) => value / (goal[i] ?? NaN));
  return {
    ...line,
    goal: `<= ${goal.join(" / ")} ms`,
    ratio: ratios.map((ratio) => ratio.toFixed(2)).join(" / "),
    isMet: ratios.every((ratio) => ratio <= 1),
  };
}

function rate(rowsPerSecond: number): string {
  return `${Math.round(rowsPerSecond).toLocaleString("en")} rows/s`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** One Markdown table. */
export function table(lines: readonly Line[]): string {
  const cells = lines.map(({ name, measured, goal = "", ratio = "", isMet }) => [
    name,
    measured,
    goal,
    ratio,
    isMet === undefined ? "" : isMet ? "met" : "**missed**",
  ]);
  const rows = [["what", "measured", "goal", "ratio", ""], ["---", "---", "---", "---", "---"], ...cells];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function shortened(value: number): string {
  return String(Number(value.toPrecision(3)));
}
