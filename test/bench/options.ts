import { parseArgs } from "node:util";

const DEFAULTS = {
  /** Of the drain and the snapshot. */
  rows: 500_000,
  /** Of each point where kinds of changes, collections, channels and tasks are compared; of each collection in `memory`. */
  "point-rows": 200_000,
  dim: 128,
  /** How often limit and drain alternate, and how often the service is restarted, paused and so on. */
  pairs: 5,
  /** How long each rate of inserts lasts, and how long an idle service is looked at. */
  seconds: 20,
  /** The most collections, of 1, 10, 50 and 200. */
  collections: 200,
  /** The larger of the two of `backlog`. */
  gigabytes: 10,
  /** What the slow target of `memory` takes in a second. */
  megabytes: 25,
  /** Pauses and resumes of `soak`. */
  cycles: 1_000,
  /** What each Milvus may have of a core; 0: all that it takes. */
  "server-percent": 0,
} as const;

export type BenchOptions = Readonly<Record<keyof typeof DEFAULTS, number>>;

const NAMES = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];

/** `npm run bench -- [suites] [--rows 500000] [--pairs 5] …` */
export function readArguments(args: readonly string[]): { suites: readonly string[]; options: BenchOptions } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries(NAMES.map((name) => [name, { type: "string" }] as const)),
  });
  const options = { ...DEFAULTS, ...mapOf(values) };
  return { suites: positionals, options };
}

function mapOf(values: Readonly<Record<string, unknown>>): Partial<BenchOptions> {
  const given = NAMES.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, wholeNumber(name, Number(value))] as const];
  });
  return Object.fromEntries(given);
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is a whole number above 0`);
}
