import { isDeepStrictEqual } from "node:util";
import type { Metastore } from "../metastore/metastore.js";
import type { TaskId } from "../model/ids.js";
import { namedSources } from "../model/name-collisions.js";
import { mapCollection } from "../model/name-mapping.js";
import { fullName, includedOf, isSelected, nameOf } from "../model/selection.js";
import { serverKey } from "../model/server-key.js";
import { targetAddress } from "../model/target-address.js";
import type { TaskSpec } from "../model/task.js";
import type { Listing } from "../source/source-catalogue.js";

const MAX_SHOWN = 5;

/** A task that is about to run. */
export interface Starter {
  readonly id: TaskId;
  readonly spec: TaskSpec;
  /** What the source has; without it, a task is known by what it has replicated. */
  readonly listing?: Listing | undefined;
}

/**
 * What keeps a task from running, in words: it would write what a running one writes, and rows that both insert would be
 * on the target twice. Looks at collections that exist, and at those that are asked for by name. Where the patterns of two
 * tasks only meet in a collection to come, see `target-claims.ts`.
 */
export async function findOverlap(
  { id, spec, listing }: Starter,
  metastore: Metastore,
): Promise<string | undefined> {
  const ours = new Set(await targetsOf({ id, spec, listing }, metastore));
  for (const other of await metastore.listTasks()) {
    if (other.id === id || other.state !== "Running" || serverOf(other.spec) !== serverOf(spec)) continue;
    const isSameSource = sourceOf(spec) === sourceOf(other.spec);
    const theirs = await targetsOf(
      { id: other.id, spec: other.spec, listing: isSameSource ? listing : undefined },
      metastore,
    );
    const shared = [...new Set(theirs)].filter((name) => ours.has(name));
    if (shared.length === 0 && !(isSameSource && isSameSelection(spec, other.spec))) continue;
    const what = shared.length === 0 ? "the same" : listed(shared);
    return (
      `task ${other.id} already writes ${what} to this target; ` +
      "pause or delete it, leave them out by exclude_collections, or give them other names by name_mapping"
    );
  }
  return undefined;
}

async function targetsOf({ id, spec, listing }: Starter, metastore: Metastore): Promise<string[]> {
  const known = (await metastore.listCollections(id)).map(({ target }) => target);
  const present = [...(listing?.collections.values() ?? [])].filter((source) => isSelected(spec, source));
  const asked = [...present, ...namedSources(spec)].map((source) => mapCollection(spec.nameMappings, source));
  return [...known, ...asked].map(fullName);
}

export function sourceOf({ source }: TaskSpec): string {
  return source ?? "default";
}

function isSameSelection(a: TaskSpec, b: TaskSpec): boolean {
  // by names: also of different partitions, each would keep the structure equal, and drop it
  const [one, other] = [a, b].map((spec) => ({
    included: includedOf(spec).map(([database, entries]) => [database, entries.map(nameOf)]),
    excluded: spec.excluded ?? {},
    nameMappings: spec.nameMappings,
  }));
  return isDeepStrictEqual(one, other);
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : "";
  return `${names.slice(0, MAX_SHOWN).join(", ")}${more}`;
}

export function serverOf({ connectParam }: TaskSpec): string {
  return serverKey(targetAddress(connectParam).endpoint);
}
