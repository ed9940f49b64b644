import { CdcError } from "../model/errors.js";
import type { NameMapping } from "../model/name-mapping.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { fullName, type CollectionEntry, type DatabaseSelection } from "../model/selection.js";
import type { ConnectParam, TaskRecord, TaskSpec } from "../model/task.js";
import { problemsOf, type TaskPreview } from "./task-preview.js";

/** Where a reverse task reads, and where it writes. */
export interface ReverseSides {
  /** Name of a configured source. */
  readonly source: string;
  readonly connectParam: ConnectParam;
}

const SHOWN = 5;

/**
 * A task that brings back what is written to a task's target from now on. With other names on the target it is of the
 * collections that there are now: a pattern cannot be turned around.
 */
export function reverseSpec(
  { id, spec }: TaskRecord,
  collections: readonly ReplicatedCollection[],
  { source, connectParam }: ReverseSides,
): TaskSpec {
  const isRenaming = spec.nameMappings.length > 0;
  return {
    ...spec,
    ...(isRenaming && {
      collections: [],
      databases: targetsOf(collections),
      excluded: undefined,
      nameMappings: backwards(collections),
    }),
    connectParam,
    source,
    start: { kind: "latest" },
    given: [...new Set([...(spec.given ?? []), "start" as const])],
    rpcChannel: undefined,
    reverseOf: id,
  };
}

/** @throws CdcError TASK_STATE_CONFLICT naming what would keep it from replicating */
export function refuseUnready(plan: TaskPreview): void {
  const found = [
    ...problemsOf(plan),
    ...plan.collections.flatMap((one) => one.problems.map((text) => `${fullName(one.source)}: ${text}`)),
  ];
  if (found.length > 0) throw unable(found.slice(0, SHOWN).join("; "));
}

export function noSuchSource(endpoint: string): CdcError {
  return unable(
    `the target ${endpoint} is none of the configured sources; add it with its Kafka to \`sources\` of the configuration and restart`,
  );
}

/** @throws CdcError TASK_STATE_CONFLICT when the task would bring back what another one brings here, for ever */
export function refuseCircle(task: Pick<TaskRecord, "id" | "spec">, others: readonly TaskRecord[]): void {
  const other = others.find(
    ({ id, spec, state }) =>
      state === "Running" && (spec.reverseOf === task.id || task.spec.reverseOf === id),
  );
  if (other === undefined) return;
  throw new CdcError(
    "TASK_STATE_CONFLICT",
    `task ${other.id} replicates in the other direction, and each would write what the other has written; pause or delete it first`,
  );
}

function targetsOf(collections: readonly ReplicatedCollection[]): DatabaseSelection {
  const found = new Map<string, CollectionEntry[]>();
  for (const { target, onlyPartitions: partitions } of collections) {
    const entry = partitions === undefined ? target.name : { name: target.name, partitions };
    found.set(target.database, [...(found.get(target.database) ?? []), entry]);
  }
  return Object.fromEntries(found);
}

function backwards(collections: readonly ReplicatedCollection[]): NameMapping[] {
  const found = new Map<string, NameMapping>();
  for (const { source, target } of collections) {
    const key = JSON.stringify([source.database, target.database]);
    const names = found.get(key)?.collections ?? {};
    found.set(key, {
      sourceDatabase: target.database,
      targetDatabase: source.database,
      collections: { ...names, [target.name]: source.name },
    });
  }
  return [...found.values()];
}

function unable(why: string): CdcError {
  return new CdcError(
    "TASK_STATE_CONFLICT",
    `the reverse task cannot be created, so nothing was done: ${why}`,
  );
}
