import { Random } from "./random.js";

/** How many more cases than usual are tried. */
const FACTOR = Number(process.env["FUZZ_FACTOR"] ?? 1);

/** Something that has to hold for any input that chance makes. */
export interface Fuzz {
  readonly cases: number;
  readonly run: (random: Random) => unknown;
}

/**
 * Tries many cases, each with a seed of its own. The one that fails names its
 * seed: `FUZZ_SEED=<seed> FUZZ_CASES=1` tries it alone.
 */
export async function fuzz({ cases, run }: Fuzz): Promise<void> {
  const first = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const count = Number(process.env["FUZZ_CASES"] ?? cases * FACTOR);
  for (let seed = first; seed < first + count; seed++) {
    try {
      const outcome = run(new Random(seed));
      if (outcome instanceof Promise) await outcome;
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`FUZZ_SEED=${seed} FUZZ_CASES=1: ${text}`, { cause });
    }
  }
}
