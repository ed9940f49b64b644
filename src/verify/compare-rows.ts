import { compareKeys } from "../model/key-order.js";
import type { Column, PrimaryKeys } from "../model/change-event.js";
import type { Key } from "../model/key-span.js";
import { ColumnReader } from "./column-reader.js";

/** Rows in the order of their keys, one of each. */
export interface Rows {
  readonly keys: PrimaryKeys;
  readonly columns: readonly Column[];
}

/** How the rows of one range of keys differ. */
export interface RowDifferences {
  /** The source has them alone. */
  readonly missing: readonly Key[];
  /** The target has them alone. */
  readonly extra: readonly Key[];
  /** Both have them, with other values in these columns. */
  readonly differing: ReadonlyMap<Key, readonly string[]>;
}

/**
 * Compares the rows of a range of keys. Values are compared as bytes, so that numbers and vectors are equal when every
 * bit is, and no vector is decoded; JSON and lists that differ in bytes are compared by value. Columns that only one
 * side has are a matter of the schema.
 *
 * @throws CdcError RECORD_UNREADABLE
 */
export function compareRows(source: Rows, target: Rows): RowDifferences {
  const { missing, extra, pairs } = mergeKeys(source.keys, target.keys);
  const differing = new Map<Key, string[]>();
  const isAligned = pairs.length === source.keys.length && pairs.length === target.keys.length;
  for (const column of pairs.length === 0 ? [] : source.columns) {
    const other = target.columns.find(({ name }) => name === column.name);
    if (other === undefined || (isAligned && isSame(column.bytes, other.bytes))) continue;
    for (const row of differingPairs(column, other, pairs)) {
      const key = source.keys[row] as Key;
      differing.set(key, [...(differing.get(key) ?? []), column.name]);
    }
  }
  return { missing, extra, differing };
}

/** Both in ascending order. `pairs` are the places of the keys that both have. */
export function mergeKeys(
  source: PrimaryKeys,
  target: PrimaryKeys,
): { missing: Key[]; extra: Key[]; pairs: (readonly [number, number])[] } {
  const missing: Key[] = [];
  const extra: Key[] = [];
  const pairs: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [a, b] = [source[i], target[j]];
    if (a === undefined && b === undefined) return { missing, extra, pairs };
    const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(a, b);
    if (order === 0) pairs.push([i, j]);
    else if (order < 0) missing.push(a as Key);
    else extra.push(b as Key);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

/** The source's rows whose values differ. */
function differingPairs(
  column: Column,
  other: Column,
  pairs: readonly (readonly [number, number])[],
): number[] {
  const [source, target] = [new ColumnReader(column), new ColumnReader(other)];
  return pairs
    .filter(
      ([i, j]) => !isSame(source.at(i), target.at(j)) && !isSame(source.canonical(i), target.canonical(j)),
    )
    .map(([i]) => i);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
