import { matchesName } from "./name-pattern.js";
import { anyOf, type PartitionFilter } from "./partition-filter.js";

/** A collection of a Milvus, by names. */
export interface CollectionName {
  readonly database: string;
  readonly name: string;
}

export function isSameName(a: CollectionName, b: CollectionName): boolean {
  return a.database === b.database && a.name === b.name;
}

/** For people. */
export function fullName({ database, name }: CollectionName): string {
  return `${database}.${name}`;
}

export const DEFAULT_DATABASE = "default";
/** Every database, or every collection. */
export const ALL = "*";

/** A collection's name, or a pattern (see `name-pattern.ts`); alone, or with the partitions that are wanted of it. */
export type CollectionEntry = string | { readonly name: string; readonly partitions: readonly string[] };

/** Collections by database; that may be a pattern, too. */
export type DatabaseSelection = Readonly<Record<string, readonly CollectionEntry[]>>;

/** Likewise, of what is left out: whole collections. */
export type DatabaseExclusion = Readonly<Record<string, readonly string[]>>;

/** What a task replicates, as the user asked for it. */
export interface Selection {
  /** Collections of the database `default`, or patterns; a mere `*` is every collection of every database. */
  readonly collections: readonly CollectionEntry[];
  readonly databases: DatabaseSelection;
  /** Not these, although they are among the others. */
  readonly excluded?: DatabaseExclusion | undefined;
}

/** Whether a task replicates this collection. */
export function isSelected(selection: Selection, collection: CollectionName): boolean {
  return isListed(includedOf(selection), collection) && !isListed(excludedOf(selection), collection);
}

/** Which partitions of a selected collection a task replicates. */
export function partitionsOf(selection: Selection, collection: CollectionName): PartitionFilter {
  const entries = listsIn(includedOf(selection), collection.database).flat();
  return anyOf(entries.filter((entry) => isNamed(entry, collection.name)).map(filterOf));
}

/** Whether a task replicates the database as such: its creation and its drop, and all in it. */
export function isDatabaseSelected(selection: Selection, database: string): boolean {
  const isAll = (entries: readonly CollectionEntry[]): boolean =>
    entries.some((entry) => nameOf(entry) === ALL && anyOf([filterOf(entry)]) === undefined);
  return (
    listsIn(includedOf(selection), database).some(isAll) &&
    !listsIn(excludedOf(selection), database).some(isAll)
  );
}

/** Whether a task replicates any collection of a database, existing or to come. */
export function hasSelected(selection: Selection, database: string): boolean {
  return (
    listsIn(includedOf(selection), database).some((entries) => entries.length > 0) &&
    !listsIn(excludedOf(selection), database).some((entries) => entries.includes(ALL))
  );
}

/** The name or pattern of an entry. */
export function nameOf(entry: CollectionEntry): string {
  return typeof entry === "string" ? entry : entry.name;
}

function filterOf(entry: CollectionEntry): PartitionFilter {
  return typeof entry === "string" ? undefined : entry.partitions;
}

/** A database, or a pattern of some, and its collections. */
type Listed = readonly [database: string, entries: readonly CollectionEntry[]];

/** What is asked for, before anything is excluded. */
export function includedOf({ collections, databases }: Selection): readonly Listed[] {
  const isEverywhere = (entry: CollectionEntry): boolean => nameOf(entry) === ALL;
  return [
    [ALL, collections.filter(isEverywhere)],
    [DEFAULT_DATABASE, collections.filter((entry) => !isEverywhere(entry))],
    ...Object.entries(databases),
  ];
}

function excludedOf({ excluded = {} }: Selection): readonly Listed[] {
  return Object.entries(excluded);
}

function isListed(lists: readonly Listed[], { database, name }: CollectionName): boolean {
  return listsIn(lists, database).some((entries) => entries.some((entry) => isNamed(entry, name)));
}

function isNamed(entry: CollectionEntry, name: string): boolean {
  return nameOf(entry) === name || matchesName(nameOf(entry), name);
}

function listsIn(lists: readonly Listed[], database: string): (readonly CollectionEntry[])[] {
  return lists.filter(([pattern]) => matchesName(pattern, database)).map(([, entries]) => entries);
}
