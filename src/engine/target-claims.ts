import type { Metastore } from "../metastore/metastore.js";
import { CdcError } from "../model/errors.js";
import type { TaskId } from "../model/ids.js";
import { mapCollection } from "../model/name-mapping.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { fullName, isSameName, isSelected, type CollectionName } from "../model/selection.js";
import type { TaskRecord } from "../model/task.js";
import { serverOf, sourceOf } from "./task-overlap.js";

interface Claim {
  readonly taskId: TaskId;
  readonly server: string;
  /** It follows renames. */
  readonly current: () => ReplicatedCollection;
}

/**
 * Which task writes which collection of which target, in the whole process: of two tasks whose patterns meet in a
 * collection that came into being while both ran, one alone may write it, or its rows would be there twice.
 */
export class TargetClaims {
  readonly #metastore: Pick<Metastore, "listTasks" | "listCollections">;
  readonly #claims = new Set<Claim>();

  constructor(metastore: Pick<Metastore, "listTasks" | "listCollections">) {
    this.#metastore = metastore;
  }

  /**
   * Resolves with the function that gives the collection free. Where both tasks select it, the older one writes it;
   * where they don't, such as after a rename or of two sources, the one that was there first.
   *
   * @throws CdcError TARGET_SHARED when another running task writes it; METASTORE_UNAVAILABLE
   */
  async take(task: TaskRecord, current: () => ReplicatedCollection): Promise<() => void> {
    const server = serverOf(task.spec);
    // one that is on the target has been this task's; after a start of the service others may come first
    if (current().isMerged === undefined) await this.#checkRemembered(task, server, current());
    // nothing waits between this look and the claim
    const { target } = current();
    for (const other of this.#claims)
      if (other.taskId !== task.id && other.server === server && isSameName(other.current().target, target))
        throw shared(other.taskId, target);
    const claim = { taskId: task.id, server, current };
    this.#claims.add(claim);
    return () => this.#claims.delete(claim);
  }

  async #checkRemembered(task: TaskRecord, server: string, collection: ReplicatedCollection): Promise<void> {
    const { target } = collection;
    for (const other of await this.#metastore.listTasks()) {
      if (other.id === task.id || other.state !== "Running" || serverOf(other.spec) !== server) continue;
      const known = await this.#metastore.listCollections(other.id);
      const isThere = known.some((one) => one.isMerged !== undefined && isSameName(one.target, target));
      if (isThere || (isOlder(other, task) && wouldWrite(other, task, collection)))
        throw shared(other.id, target);
    }
  }
}

function isOlder(a: TaskRecord, b: TaskRecord): boolean {
  return a.createdAtMs === b.createdAtMs ? a.id < b.id : a.createdAtMs < b.createdAtMs;
}

/** Whether another task writes the same by its selection, also when it has not met the collection yet. */
function wouldWrite(
  { spec }: TaskRecord,
  task: TaskRecord,
  { source, target }: ReplicatedCollection,
): boolean {
  return (
    sourceOf(spec) === sourceOf(task.spec) &&
    isSelected(spec, source) &&
    isSameName(mapCollection(spec.nameMappings, source), target)
  );
}

function shared(taskId: TaskId, target: CollectionName): CdcError {
  return new CdcError("TARGET_SHARED", `task ${taskId} writes ${fullName(target)} of this target`);
}
