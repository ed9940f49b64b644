import { sleep } from "../async/abort.js";
import { compareRows, type Difference } from "./compare-rows.js";
import type { MilvusSide } from "./milvus-side.js";

const INTERVAL_MS = 200;

/** What a comparison of both sides found. */
export interface Proof {
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Empty: every row has equal values in every field. */
  readonly differences: readonly Difference[];
}

/** Compares both sides until they are equal or the time is over; the last comparison counts. */
export async function proveEqual(
  source: MilvusSide,
  target: MilvusSide,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Proof> {
  const endAtMs = performance.now() + timeoutMs;
  for (;;) {
    const proof = await compareOnce(source, target, signal);
    if (isEqual(proof) || performance.now() > endAtMs) return proof;
    await sleep(INTERVAL_MS, signal);
  }
}

/** Equal rows, and not one more on the target, such as a second one of the same key. */
export function isEqual({ sourceRows, targetRows, differences }: Proof): boolean {
  return sourceRows > 0 && sourceRows === targetRows && differences.length === 0;
}

async function compareOnce(source: MilvusSide, target: MilvusSide, signal: AbortSignal): Promise<Proof> {
  const [sourceRows, targetRows, rowsOfSource, rowsOfTarget] = await Promise.all([
    source.count("Strong", signal),
    target.count("Strong", signal),
    source.allRows("Strong", signal),
    target.allRows("Strong", signal),
  ]);
  return { sourceRows, targetRows, differences: compareRows(rowsOfSource, rowsOfTarget) };
}
