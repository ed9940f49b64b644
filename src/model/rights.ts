import type { Grant } from "./access-control.js";
import { MILVUS_CALLS, type CallCondition } from "./milvus-calls.js";
import { mapCollection, mapDatabase } from "./name-mapping.js";
import { isPattern } from "./name-pattern.js";
import { ALL, DEFAULT_DATABASE, includedOf, nameOf } from "./selection.js";
import type { TaskSpec } from "./task.js";

/** Something that a user of a Milvus has to be allowed. */
export interface Right {
  readonly privilege: string;
  /** `Global` or `Collection`. */
  readonly objectType: string;
  /** `*` is every object of the type, those to come as well. */
  readonly objectName: string;
  /** What of the task takes it. */
  readonly condition: CallCondition;
}

/** What a user of a Milvus is allowed, as far as it may ask. */
export type HeldRights =
  | { readonly kind: "all" }
  | { readonly kind: "granted"; readonly grants: readonly Grant[] }
  | { readonly kind: "unknown"; readonly because: string };

/**
 * What a task takes on one side. Milvus 2.3.5 looks into the database that a call's header names, which ours never do,
 * and not into that of its collection: so grants of the database `default`, or of all, are those that count.
 */
export function neededRights(spec: TaskSpec, side: "source" | "target"): readonly Right[] {
  const collections = collectionsOf(spec, side);
  const found = new Map<string, Right>();
  for (const { right, [side]: condition } of MILVUS_CALLS) {
    if (right === undefined || condition === undefined || !isMet(condition, spec)) continue;
    const [objectType = "", privilege = ""] = right.split(" ");
    for (const objectName of objectType === "Collection" ? collections : [ALL])
      found.set(`${right} ${objectName}`, { privilege, objectType, objectName, condition });
  }
  return [...found.values()];
}

export function missingRights(needed: readonly Right[], grants: readonly Grant[]): readonly Right[] {
  const usable = grants.filter(({ database }) => database === DEFAULT_DATABASE || database === ALL);
  return needed.filter((right) => !usable.some((grant) => covers(grant, right)));
}

function covers(grant: Grant, right: Right): boolean {
  // the server's own word for everything in a database
  if (grant.privilege === "All") return true;
  return (
    grant.objectType === right.objectType &&
    (grant.privilege === ALL || grant.privilege === right.privilege) &&
    (grant.objectName === ALL || grant.objectName === right.objectName)
  );
}

function isMet(condition: CallCondition, spec: TaskSpec): boolean {
  switch (condition) {
    case "always":
      return true;
    case "load_for_snapshot":
      return spec.loadForSnapshot;
    case "replicate_rbac":
      return spec.replicateRbac;
    case "databases":
      return writesDatabases(spec);
  }
}

/** Whether databases of the target may be made: `default` is there always. */
function writesDatabases(spec: TaskSpec): boolean {
  return namedBy(spec).some(
    ([database, name]) =>
      isPattern(database) ||
      mapDatabase(spec.nameMappings, database) !== DEFAULT_DATABASE ||
      mapCollection(spec.nameMappings, { database, name }).database !== DEFAULT_DATABASE,
  );
}

/** By name where the task names each, else all: what comes later cannot be granted by name. */
function collectionsOf(spec: TaskSpec, side: "source" | "target"): readonly string[] {
  const named = namedBy(spec);
  if (named.some((names) => names.some(isPattern))) return [ALL];
  const names = named.map(([database, name]) => ({ database, name }));
  const wanted = side === "source" ? names : names.map((name) => mapCollection(spec.nameMappings, name));
  return [...new Set(wanted.map(({ name }) => name))];
}

function namedBy(spec: TaskSpec): (readonly [database: string, name: string])[] {
  return includedOf(spec).flatMap(([database, entries]) =>
    entries.map((entry) => [database, nameOf(entry)] as const),
  );
}
