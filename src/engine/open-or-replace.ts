import { copyAgain, isDropFirst, isReplacing } from "../model/row-copy.js";
import { isWhollyLoaded } from "../model/structure.js";
import type { Applier, TargetCollection } from "../sink/applier.js";
import type { CollectionRecord } from "./collection-record.js";

/**
 * Opens a collection of the target, and makes it when there is none. Rows to be replaced are found by a query: where
 * none can be made, the target begins anew.
 */
export async function openOrReplace(
  record: CollectionRecord,
  applier: Applier,
  signal: AbortSignal,
): Promise<TargetCollection> {
  const { copy, target, onlyPartitions } = record.current;
  const opened = await applier.openCollection(record.current, signal);
  // with what else is in it, it must stay: the copy waits until the selected partitions are loaded
  if (onlyPartitions !== undefined) return opened;
  const isToBegin = isReplacing(copy) && copy?.cursors.size === 0;
  const isToEmpty = isToBegin && !isWhollyLoaded(await opened.structure(signal));
  if (!isToEmpty && !isDropFirst(copy)) return opened;
  await applier.dropCollection(target, undefined, signal);
  const next = isToEmpty ? copyAgain(copy, false) : undefined;
  await record.change({ isMerged: false, copy: next, partitions: new Map() });
  return applier.openCollection(record.current, signal);
}
