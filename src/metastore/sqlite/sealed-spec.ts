import type { TaskId } from "../../model/ids.js";
import type { ConnectParam, TaskSpec } from "../../model/task.js";
import type { Keyring } from "../keyring.js";

/** A spec as it is stored: with a key, what leads to the target is sealed as a whole, since a uri may hold a password, too. */
export interface StoredSpec extends Omit<TaskSpec, "connectParam"> {
  readonly connectParam: ConnectParam | string;
}

export function sealSpec(spec: TaskSpec, id: TaskId, keys: Keyring): StoredSpec {
  if (!keys.isSealing) return spec;
  return { ...spec, connectParam: keys.seal(JSON.stringify(spec.connectParam), placeOf(id)) };
}

/** @throws CdcError METASTORE_KEY_WRONG */
export function openSpec({ connectParam, ...spec }: StoredSpec, id: TaskId, keys: Keyring): TaskSpec {
  if (typeof connectParam !== "string") return { connectParam, ...spec };
  return { connectParam: JSON.parse(keys.open(connectParam, placeOf(id))) as ConnectParam, ...spec };
}

/** Whether it is stored as it would be stored now. */
export function isSealedNow({ connectParam }: StoredSpec, keys: Keyring): boolean {
  return !keys.isSealing || (typeof connectParam === "string" && keys.isCurrent(connectParam));
}

function placeOf(id: TaskId): string {
  return `task ${id} connectParam`;
}
