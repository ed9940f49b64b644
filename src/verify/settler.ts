import type { HybridTs } from "../model/ids.js";
import type { Key } from "../model/key-span.js";
import { compareRows, type Rows } from "./compare-rows.js";
import { rowDigests } from "./row-digests.js";

/** A difference is believed when it was seen so many times, each time with the target up to the source. */
const CONFIRMATIONS = 2;
/** A key that is written so often that it was never seen to rest. */
const MAX_ROUNDS = 20;

/** Reads rows by their keys; chunks are as large as a request should be. */
export interface KeyedSides {
  chunks(keys: readonly Key[]): readonly (readonly Key[])[];
  source(keys: readonly Key[]): Promise<Rows>;
  target(keys: readonly Key[]): Promise<Rows>;
  /** The source's time. */
  now(): Promise<HybridTs>;
  /** Resolves when the target has everything up to this time, as far as the task brings it there. */
  passed(ts: HybridTs): Promise<void>;
}

export type RowVerdict =
  | { readonly kind: "missing" | "extra"; readonly key: Key }
  | { readonly kind: "differing"; readonly key: Key; readonly columns: readonly string[] };

export interface Settled {
  readonly verdicts: readonly RowVerdict[];
  /** Differed at first, and are equal. */
  readonly equal: number;
  /** Written again and again, so that nothing can be said. */
  readonly restless: readonly Key[];
}

/**
 * Finds out which of some keys really differ, while writes flow.
 *
 * The source's row is read before the target has come up to that time, and again after the target was read. If it was
 * the same both times, the target has to have it, or the two differ; if not, the key is looked at once more.
 */
export async function settle(keys: readonly Key[], sides: KeyedSides): Promise<Settled> {
  const verdicts: RowVerdict[] = [];
  const strikes = new Map<Key, number>();
  let open = keys;
  for (let round = 1; round <= MAX_ROUNDS && open.length > 0; round++) {
    const left: Key[] = [];
    for (const verdict of await differingNow(open, sides)) {
      const { key } = verdict;
      if (verdict.isResting) strikes.set(key, (strikes.get(key) ?? 0) + 1);
      if (strikes.get(key) === CONFIRMATIONS) verdicts.push(verdict.verdict);
      else left.push(key);
    }
    open = left;
  }
  return { verdicts, equal: keys.length - verdicts.length - open.length, restless: open };
}

interface Seen {
  readonly key: Key;
  readonly verdict: RowVerdict;
  /** The source's row did not change while it was looked at. */
  readonly isResting: boolean;
}

async function differingNow(keys: readonly Key[], sides: KeyedSides): Promise<Seen[]> {
  const chunks = sides.chunks(keys);
  const ts = await sides.now();
  const before = new Map<Key, string>();
  for (const chunk of chunks)
    for (const [key, digest] of rowDigests(await sides.source(chunk))) before.set(key, digest);
  await sides.passed(ts);
  const seen: Seen[] = [];
  for (const chunk of chunks) seen.push(...(await lookAt(chunk, before, sides)));
  return seen;
}

async function lookAt(
  chunk: readonly Key[],
  before: ReadonlyMap<Key, string>,
  sides: KeyedSides,
): Promise<Seen[]> {
  const target = await sides.target(chunk);
  const source = await sides.source(chunk);
  const verdicts = verdictsOf(source, target);
  if (verdicts.length === 0) return [];
  const [now, there] = [rowDigests(source), rowDigests(target)];
  return verdicts
    .filter(({ key }) => there.get(key) !== before.get(key))
    .map((verdict) => ({
      key: verdict.key,
      verdict,
      isResting: now.get(verdict.key) === before.get(verdict.key),
    }));
}

function verdictsOf(source: Rows, target: Rows): RowVerdict[] {
  const { missing, extra, differing } = compareRows(source, target);
  return [
    ...missing.map((key) => ({ kind: "missing", key }) as const),
    ...extra.map((key) => ({ kind: "extra", key }) as const),
    ...[...differing].map(([key, columns]) => ({ kind: "differing", key, columns }) as const),
  ];
}
