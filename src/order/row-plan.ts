import type { PrimaryKeys, RowDelete, RowInsert } from "../model/change-event.js";

/** A row event of one shard. */
export interface PlannedEvent {
  readonly event: RowInsert | RowDelete;
  /** It may be on the target already, so it has to be applied as an upsert. */
  readonly isReplayed: boolean;
}

/** What may be sent together: first the deletes, then the writes in any order. No key is written twice in a stage. */
export interface Stage {
  readonly deletes: RowDelete[];
  readonly upserts: RowInsert[];
  readonly inserts: RowInsert[];
}

type Operation =
  | { readonly kind: "deletes"; readonly event: RowDelete; readonly keys: PrimaryKeys }
  | { readonly kind: "upserts" | "inserts"; readonly event: RowInsert; readonly keys: PrimaryKeys };

/**
 * Turns a shard's events, in order, into as few stages as the keys allow.
 *
 * Order only matters between operations on one key. An operation goes into the
 * earliest stage that comes after everything done before to any of its keys;
 * since a stage's deletes go first, a write may share the stage of a delete of
 * its key, and nothing else may. The end state is that of applying the events
 * one by one.
 */
export function planRows(
  events: readonly PlannedEvent[],
  keysOf: (insert: RowInsert) => PrimaryKeys,
): Stage[] {
  const operations = toOperations(events, keysOf);
  const stages: Stage[] = [];
  const place = areApart(operations) ? () => 0 : stagePlacer();
  for (const operation of operations) addTo(stageAt(stages, place(operation)), operation);
  return stages;
}

/** Finds stages by remembering, for each key, the stage of its last operation, and whether that was a write. */
function stagePlacer(): (operation: Operation) => number {
  const last = new Map<bigint | string, number>();
  return ({ kind, keys }) => {
    let stage = 0;
    for (const key of keys) {
      const seen = last.get(key);
      if (seen !== undefined) stage = Math.max(stage, (seen >> 1) + (seen & 1));
    }
    const mark = (stage << 1) | (kind === "deletes" ? 0 : 1);
    for (const key of keys) last.set(key, mark);
    return stage;
  };
}

function stageAt(stages: Stage[], index: number): Stage {
  const stage = stages[index] ?? { deletes: [], upserts: [], inserts: [] };
  stages[index] = stage;
  return stage;
}

function addTo(stage: Stage, operation: Operation): void {
  if (operation.kind === "deletes") stage.deletes.push(operation.event);
  else stage[operation.kind].push(operation.event);
}

/** Whether no two operations can touch one key: the usual case of growing keys, told without a map. */
function areApart(operations: readonly Operation[]): boolean {
  if (operations.length < 2) return true;
  const ranges = operations.map(({ keys }) => rangeOf(keys)).sort((a, b) => (a.min < b.min ? -1 : 1));
  return ranges.every((range, i) => {
    const previous = ranges[i - 1];
    return previous === undefined || previous.max < range.min;
  });
}

function rangeOf(keys: PrimaryKeys): { min: bigint | string; max: bigint | string } {
  let min: bigint | string = keys[0] ?? 0n;
  let max = min;
  for (const key of keys) {
    if (key < min) min = key;
    if (key > max) max = key;
  }
  return { min, max };
}

function toOperations(
  events: readonly PlannedEvent[],
  keysOf: (insert: RowInsert) => PrimaryKeys,
): Operation[] {
  return groupByTimestamp(events).flatMap((group) => operationsOf(group, keysOf));
}

/**
 * An upsert is logged as a delete and one or more inserts of the same keys and
 * timestamp. When the keys differ (an upsert of automatic keys), they stay apart.
 */
function operationsOf(
  group: readonly PlannedEvent[],
  keysOf: (insert: RowInsert) => PrimaryKeys,
): Operation[] {
  const deletes: Operation[] = [];
  const inserts: Operation[] = [];
  for (const { event, isReplayed } of group) {
    if (event.kind === "delete") deletes.push({ kind: "deletes", event, keys: event.keys });
    else inserts.push({ kind: isReplayed ? "upserts" : "inserts", event, keys: keysOf(event) });
  }
  if (deletes.length === 0 || inserts.length === 0 || !haveSameKeys(deletes, inserts))
    return [...deletes, ...inserts];
  return inserts.map((insert) => ({ ...insert, kind: "upserts" }) as Operation);
}

function haveSameKeys(deletes: readonly Operation[], inserts: readonly Operation[]): boolean {
  const deleted = new Set(deletes.flatMap(({ keys }) => [...keys]));
  const inserted = new Set(inserts.flatMap(({ keys }) => [...keys]));
  return deleted.size === inserted.size && [...inserted].every((key) => deleted.has(key));
}

function groupByTimestamp(events: readonly PlannedEvent[]): PlannedEvent[][] {
  const groups: PlannedEvent[][] = [];
  for (const planned of events) {
    const group = groups.at(-1);
    if (group?.[0]?.event.ts === planned.event.ts) group.push(planned);
    else groups.push([planned]);
  }
  return groups;
}
